namespace LbrCore.Model;

/// <summary>How far the loading of a model has come.</summary>
/// <param name="LoadedBytes">Bytes on the device.</param>
/// <param name="TotalBytes">Bytes in all.</param>
public readonly record struct LoadProgress(long LoadedBytes, long TotalBytes)
{
    /// <summary>From 0 to 1.</summary>
    public double Fraction => TotalBytes == 0 ? 1 : (double)LoadedBytes / TotalBytes;
}
