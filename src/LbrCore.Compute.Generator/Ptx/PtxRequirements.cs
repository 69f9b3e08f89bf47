using System.Globalization;

namespace LbrCore.Compute.Generator.Ptx;

/// <summary>
/// The lowest <c>.version</c> and <c>.target</c> that a module needs, gathered while it is printed: a driver refuses text of a version newer than itself, so
/// nothing higher than needed is asked for. Figures as measured on a driver: sm_80 starts at 7.0, sm_90 at 7.8, sm_90a at 8.0.
/// </summary>
internal sealed class PtxRequirements
{
    int _version = 70;
    bool _optional90;

    /// <summary>Lowest compute capability times ten on which the module can run (80 or 90).</summary>
    public int MinimumCapability { get; private set; } = 80;

    /// <summary>True when the module uses features of exactly one architecture (sm_90a).</summary>
    public bool ArchitectureSpecific { get; private set; }

    /// <summary>Asks for a version (times ten) and a capability.</summary>
    public void Need(int version, int capability = 80, bool architectureSpecific = false)
    {
        _version = Math.Max(_version, version);
        MinimumCapability = Math.Max(MinimumCapability, capability);
        ArchitectureSpecific |= architectureSpecific;
        if (MinimumCapability >= 90) _version = Math.Max(_version, ArchitectureSpecific ? 80 : 78);
    }

    /// <summary>Asks for sm_90 features on lines that may be taken out for older devices.</summary>
    public void NeedOptional90()
    {
        _optional90 = true;
        _version = Math.Max(_version, 78);
    }

    /// <summary>What raw PTX needs, by the instructions that occur in it.</summary>
    public void NeedForText(string template)
    {
        foreach ((string word, int version, int capability, bool specific) in _words)
            if (template.Contains(word)) Need(version, capability, specific);
    }

    /// <summary>The module's first lines.</summary>
    public string Header()
    {
        string version = (_version / 10).ToString(CultureInfo.InvariantCulture) + "." + (_version % 10).ToString(CultureInfo.InvariantCulture);
        string target = ArchitectureSpecific ? "sm_90a" : MinimumCapability >= 90 || _optional90 ? "sm_90" : "sm_80";
        string minimum = _optional90 && MinimumCapability < 90 ? "// minimum: sm_80\n" : "";
        return $".version {version}\n{minimum}.target {target}\n.address_size 64\n";
    }

    static readonly (string Word, int Version, int Capability, bool Specific)[] _words =
    [
        ("wgmma.", 80, 90, true), ("setmaxnreg", 80, 90, true),
        ("cp.async.bulk", 80, 90, false), ("cp.reduce.async.bulk", 80, 90, false), ("expect_tx", 80, 90, false), ("fence.proxy", 80, 90, false),
        ("fence.mbarrier_init", 80, 90, false), ("mapa.", 80, 90, false), ("barrier.cluster", 80, 90, false), ("elect.sync", 80, 90, false),
        ("tensormap", 80, 90, false), ("st.async", 81, 90, false), ("red.global.add.v", 81, 90, false), ("red.global.add.noftz.v", 81, 90, false),
        (".b128", 83, 90, false), ("e4m3.e4m3", 84, 90, false), ("e5m2.e5m2", 84, 90, false),
        ("stmatrix", 78, 90, false), ("griddepcontrol", 78, 90, false), ("mbarrier.try_wait", 78, 90, false), ("add.bf16x2", 78, 90, false),
        ("mul.bf16x2", 78, 90, false), ("sub.bf16x2", 78, 90, false), ("ex2.approx.ftz.bf16", 78, 90, false), ("noftz.bf16x2", 78, 90, false),
        ("e4m3", 78, 90, false), ("e5m2", 78, 90, false), ("%cluster", 78, 90, false), ("shared::cluster", 78, 90, false), ("shared::cta", 78, 80, false),
        ("L1::", 74, 80, false), ("L2::", 74, 80, false), ("createpolicy", 74, 80, false), ("cvt.f32.bf16", 71, 80, false),
    ];
}
