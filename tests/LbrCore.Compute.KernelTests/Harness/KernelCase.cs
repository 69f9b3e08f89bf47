using System.Reflection;

namespace LbrCore.Compute.KernelTests.Harness;

/// <summary>One argument of a launch: a view with its first contents, or the slots of a scalar or struct.</summary>
internal sealed record Argument(string Name, ElementLayout Layout, byte[] Contents, int Length, ulong[] Slots)
{
    public bool IsView => Slots.Length == 0;
}

/// <summary>
/// A kernel of this assembly and how it is run. By convention an int parameter named n is the number of threads that have work (a few fewer than are
/// launched, so that some lanes leave early), every other scalar is random, and every view has <see cref="CheckAttribute.PerThread"/> elements a thread,
/// all random, results too: what a kernel must not touch stays comparable.
/// </summary>
internal sealed class KernelCase
{
    static readonly Dictionary<string, MethodInfo> s_methods = typeof(KernelCase).Assembly.GetTypes()
        .SelectMany(t => t.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)).Where(m => m.IsDefined(typeof(KernelAttribute)))
        .ToDictionary(m => $"{m.DeclaringType!.Name}.{m.Name}");

    static readonly Dictionary<string, Type> s_types = new[] { typeof(KernelVariant).Assembly, typeof(KernelCase).Assembly, typeof(int).Assembly }.SelectMany(a => a.GetTypes())
        .Where(t => t.IsValueType && (t.Namespace != "System" || t.IsPrimitive || t == typeof(Half))).GroupBy(t => t.Name).ToDictionary(g => g.Key, g => g.First());

    readonly ParameterInfo[] _parameters;

    KernelCase(KernelVariant variant)
    {
        Variant = variant;
        MethodInfo method = s_methods[variant.Kernel];
        Check = method.GetCustomAttribute<CheckAttribute>() ?? new CheckAttribute();
        if (method.IsGenericMethod)
        {
            Type[] types = [.. variant.Specialization.Split(", ").Take(method.GetGenericArguments().Length).Select(s => s_types[s[(s.IndexOf('=') + 1)..]])];
            method = method.MakeGenericMethod(types);
        }

        _parameters = [.. method.GetParameters().Where(p => !p.IsDefined(typeof(ConstAttribute)))];
    }

    /// <summary>All kernels of this assembly, by the name of their PTX entry.</summary>
    public static IReadOnlyDictionary<string, KernelCase> All { get; } = KernelCatalog.All.Select(v => new KernelCase(v)).Where(c => !c.Check.Manual).ToDictionary(c => c.Variant.Name);

    public KernelVariant Variant { get; }

    public CheckAttribute Check { get; }

    /// <summary>The launches to run: all of warps that are full, short or single.</summary>
    public IEnumerable<LaunchConfig> Launches()
    {
        int[] sizes = Variant.GroupSize > 0 ? [Variant.GroupSize] : Check.Groups.Length > 0 ? Check.Groups : Check.Cooperative ? [1, 31, 32, 33, 64, 100, 256] : [1, 33, 64];
        foreach (int size in sizes) yield return new LaunchConfig(size == 1 ? 9 : size < 128 ? 3 : 2, size) { DynamicSharedBytes = Check.DynamicShared };
        if (!Check.Dimensions) yield break;
        yield return new LaunchConfig(new Dim3(2, 3, 2), new Dim3(5, 3, 2)) { DynamicSharedBytes = Check.DynamicShared };
        yield return new LaunchConfig(new Dim3(1, 2, 2), new Dim3(8, 4, 2)) { DynamicSharedBytes = Check.DynamicShared };
    }

    /// <summary>The arguments of a launch; the same for the same launch.</summary>
    public Argument[] Arguments(LaunchConfig launch)
    {
        int threads = checked((int)(launch.Grid.Count * launch.Group.Count));
        var inputs = new Inputs(Seed(Variant.Name) + threads, Check);
        var result = new List<Argument>();
        foreach (ParameterInfo p in _parameters)
        {
            Type type = p.ParameterType;
            if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ArrayView<>))
            {
                ElementLayout element = ElementLayout.Of(type.GetGenericArguments()[0]);
                int length = threads * Check.PerThread;
                result.Add(new Argument(p.Name!, element, inputs.Bytes(element, length), length, []));
                continue;
            }

            ElementLayout layout = ElementLayout.Of(type);
            ulong[] slots = type == typeof(int) && p.Name == "n" ? [(ulong)(threads - (threads / 20))] : [.. layout.Scalars.Select(s => inputs.Slot(s.Type))];
            result.Add(new Argument(p.Name!, layout, [], 0, slots));
        }

        return [.. result];
    }

    static int Seed(string name) => name.Aggregate(17, (h, c) => unchecked((h * 31) + c)) & 0xffffff;
}
