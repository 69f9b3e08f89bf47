using System.Globalization;

namespace LbrCore.Cli.Terminal;

/// <summary>Numbers as a person reads them, the same in every country.</summary>
internal static class Format
{
    /// <summary>Bytes with the largest binary unit that leaves at least 1.</summary>
    public static string Bytes(long bytes)
    {
        ReadOnlySpan<string> units = ["B", "KiB", "MiB", "GiB", "TiB"];
        double value = bytes;
        int unit = 0;
        for (; value >= 1024 && unit < units.Length - 1; unit++) value /= 1024;
        return string.Create(CultureInfo.InvariantCulture, $"{value:0.#} {units[unit]}");
    }

    /// <summary>A duration with a unit that suits it.</summary>
    public static string Milliseconds(double milliseconds) => milliseconds switch
    {
        < 1 => string.Create(CultureInfo.InvariantCulture, $"{milliseconds * 1e3:0.00} us"),
        < 1000 => string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0.000} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1e3:0.00} s"),
    };

    /// <summary>An error or another small number with two digits.</summary>
    public static string Small(double value) => value.ToString("0.0e+0", CultureInfo.InvariantCulture);

    /// <summary>A number with a fixed count of decimals.</summary>
    public static string Fixed(double value, int decimals) => value.ToString("F" + decimals, CultureInfo.InvariantCulture);

    /// <summary>A whole number.</summary>
    public static string Whole(long value) => value.ToString(CultureInfo.InvariantCulture);
}
