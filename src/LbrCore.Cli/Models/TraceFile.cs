using LbrCore.Decoding;
using LbrCore.Formats.Tokenization;
using LbrCore.Trees;

namespace LbrCore.Cli.Models;

/// <summary>The file of <c>--trace</c>. It is created before anything is computed, so that a path that cannot be written shows at once.</summary>
internal sealed class TraceFile : IDisposable
{
    private readonly Stream _stream;
    private readonly string _model;
    private readonly LbrOptions _lbr;
    private readonly SamplingOptions _sampling;
    private TraceWriter? _writer;

    private TraceFile(Stream stream, string model, LbrOptions lbr, SamplingOptions sampling) => (_stream, _model, _lbr, _sampling) = (stream, model, lbr, sampling);

    /// <summary>Creates the file; null where there is no path.</summary>
    /// <exception cref="IOException">The file cannot be created.</exception>
    public static TraceFile? Create(string? path, string model, LbrOptions? lbr, SamplingOptions sampling) =>
        path is null || lbr is null ? null : new TraceFile(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read), model, lbr, sampling);

    /// <summary>Writes the header.</summary>
    public void Begin(IReadOnlyList<int> prompt, TextGenerator generator)
    {
        ITokenizer? tokenizer = generator.Tokenizer;
        var header = TraceHeader.Of(prompt, _model, generator.Model.ElementType.ToString(), _lbr, _sampling);
        _writer = new TraceWriter(_stream, header, tokenizer is null ? null : token => tokenizer.Decode([token]));
    }

    /// <summary>Writes a step.</summary>
    public void Write(TreeStep step) => _writer?.Write(step);

    /// <summary>Closes the file.</summary>
    public void Dispose() => _stream.Dispose();
}
