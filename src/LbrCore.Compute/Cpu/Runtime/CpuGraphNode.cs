namespace LbrCore.Compute.Cpu;

/// <summary>One piece of work of a CPU stream.</summary>
internal abstract unsafe record CpuGraphNode
{
    /// <summary>Does it now.</summary>
    internal abstract void Run();

    /// <summary>A kernel with its arguments.</summary>
    internal sealed record Kernel(CpuPreparedLaunch Launch) : CpuGraphNode
    {
        internal override void Run() => Launch.Run();
    }

    /// <summary>A copy; the regions may overlap.</summary>
    internal sealed record Copy(nint Source, nint Destination, long Bytes) : CpuGraphNode
    {
        internal override void Run() => Buffer.MemoryCopy((void*)Source, (void*)Destination, Bytes, Bytes);
    }

    /// <summary>A fill.</summary>
    internal sealed record Fill(nint Destination, FillPattern Pattern) : CpuGraphNode
    {
        // A span holds at most 2^31 - 1 elements; larger fills go piece by piece.
        private const int PieceElements = 1 << 28;

        internal override void Run()
        {
            for (long done = 0; done < Pattern.Count; done += PieceElements)
            {
                int count = (int)Math.Min(PieceElements, Pattern.Count - done);
                var start = (void*)(Destination + (nint)(done * Pattern.UnitBytes));
                switch (Pattern.UnitBytes)
                {
                    case 1: new Span<byte>(start, count).Fill((byte)Pattern.Unit); break;
                    case 2: new Span<ushort>(start, count).Fill((ushort)Pattern.Unit); break;
                    default: new Span<uint>(start, count).Fill(Pattern.Unit); break;
                }
            }
        }
    }
}
