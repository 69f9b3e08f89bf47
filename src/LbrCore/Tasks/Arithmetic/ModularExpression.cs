namespace LbrCore.Tasks.Arithmetic;

/// <summary>A number, or an operation on two expressions, modulo a number.</summary>
/// <param name="Value">What it is worth.</param>
/// <param name="Operation">Its operation; null for a number.</param>
/// <param name="Left">What stands left of the operation.</param>
/// <param name="Right">What stands right of it.</param>
public sealed record ModularExpression(int Value, ModularOperation? Operation = null, ModularExpression? Left = null, ModularExpression? Right = null)
{
    /// <summary>Applies an operation.</summary>
    public static int Apply(ModularOperation operation, int left, int right, int modulus) => operation switch
    {
        ModularOperation.Add => (left + right) % modulus,
        ModularOperation.Subtract => (left - right + modulus) % modulus,
        _ => left * right % modulus,
    };

    /// <summary>Draws an expression: how many operations stand left of the topmost one is uniform, and so on below.</summary>
    internal static ModularExpression Draw(int operations, int modulus, TaskRandom random)
    {
        if (operations == 0) return new ModularExpression(random.Below(modulus));
        int leftOperations = random.Below(operations);
        var operation = (ModularOperation)random.Below(3);
        ModularExpression left = Draw(leftOperations, modulus, random), right = Draw(operations - 1 - leftOperations, modulus, random);
        return new ModularExpression(Apply(operation, left.Value, right.Value, modulus), operation, left, right);
    }

    /// <summary>The operations of the expression with those it rests on before it.</summary>
    public IEnumerable<ModularExpression> Operations() =>
        Operation is null ? [] : [.. Left!.Operations(), .. Right!.Operations(), this];
}

/// <summary>What expressions are made of.</summary>
public enum ModularOperation
{
    /// <summary>Sum.</summary>
    Add,

    /// <summary>Difference.</summary>
    Subtract,

    /// <summary>Product.</summary>
    Multiply,
}
