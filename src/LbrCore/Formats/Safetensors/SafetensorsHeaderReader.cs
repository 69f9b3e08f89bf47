using System.Collections.Immutable;
using System.Text.Json;

namespace LbrCore.Formats.Safetensors;

/// <summary>Reads the JSON of a safetensors header, token by token and without a document in between.</summary>
/// <remarks>
/// Checks each entry by itself: types, duplicates, dtype, shape, and that the byte range has the size of the shape. How the
/// entries fit together is <see cref="SafetensorsLayout"/>'s part.
/// </remarks>
internal ref struct SafetensorsHeaderReader
{
    /// <summary>The header object, a tensor's object, its arrays: nothing in the format is deeper.</summary>
    private const int MaxDepth = 3;

    private readonly long _dataStart;
    private readonly string _source;
    private readonly List<long> _numbers = [];
    private Utf8JsonReader _json;

    public SafetensorsHeaderReader(ReadOnlySpan<byte> json, long dataStart, string source)
    {
        _json = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        _dataStart = dataStart;
        _source = source;
    }

    /// <summary>The strings under <c>__metadata__</c>, after <see cref="Read"/>.</summary>
    public Dictionary<string, string> Metadata { get; } = [];

    /// <summary>Reads the whole header.</summary>
    public Dictionary<string, TensorInfo> Read()
    {
        try
        {
            return ReadEntries();
        }
        catch (JsonException e)
        {
            throw new SafetensorsException($"{_source}: the header is not well-formed JSON: {Quoting.Clean(e.Message)}", e);
        }
        catch (InvalidOperationException e)
        {
            // Bytes that are not UTF-8 and lone surrogates surface only when a string is taken or compared.
            throw new SafetensorsException($"{_source}: the text at byte {_json.TokenStartIndex} of the header is not valid Unicode: {Quoting.Quote(_json.ValueSpan)}.", e);
        }
    }

    private Dictionary<string, TensorInfo> ReadEntries()
    {
        var tensors = new Dictionary<string, TensorInfo>();
        bool hasMetadata = false;
        Expect(JsonTokenType.StartObject, "the header");
        while (NextProperty())
        {
            string name = _json.GetString()!;
            if (name == "__metadata__")
            {
                if (hasMetadata)
                    throw Error("__metadata__ is there twice");
                hasMetadata = true;
                ReadMetadata();
            }
            else if (tensors.Count == SafetensorsHeader.MaxTensors)
            {
                throw Error($"the header lists more than {SafetensorsHeader.MaxTensors} tensors");
            }
            else if (!tensors.TryAdd(name, ReadTensor(name)))
            {
                throw Error($"tensor {Quoting.Quote(name)} is listed twice");
            }
        }

        // Nothing but white space may follow; the JSON reader reports anything else.
        _json.Read();
        return tensors;
    }

    private void ReadMetadata()
    {
        Expect(JsonTokenType.StartObject, "__metadata__");
        while (NextProperty())
        {
            string key = _json.GetString()!;
            Expect(JsonTokenType.String, $"__metadata__ entry {Quoting.Quote(key)}");
            if (!Metadata.TryAdd(key, _json.GetString()!))
                throw Error($"__metadata__ has {Quoting.Quote(key)} twice");
        }
    }

    private TensorInfo ReadTensor(string name)
    {
        string quoted = Quoting.Quote(name);
        TensorDtype? dtype = null;
        ImmutableArray<long>? shape = null;
        (long Begin, long End)? range = null;

        Expect(JsonTokenType.StartObject, $"the entry of tensor {quoted}");
        while (NextProperty())
        {
            if (_json.ValueTextEquals("dtype"u8))
                dtype = dtype is null ? ReadDtype(quoted) : throw Twice(quoted, "dtype");
            else if (_json.ValueTextEquals("shape"u8))
                shape = shape is null ? ReadShape(quoted) : throw Twice(quoted, "shape");
            else if (_json.ValueTextEquals("data_offsets"u8))
                range = range is null ? ReadRange(quoted) : throw Twice(quoted, "data_offsets");
            else
                throw Error($"tensor {quoted} has a field {Quoting.Quote(_json.GetString()!)}; the format knows dtype, shape and data_offsets");
        }

        if (dtype is not { } type || shape is not { } extents || range is not { } bytes)
            throw Error($"tensor {quoted} lacks {(dtype is null ? "dtype" : shape is null ? "shape" : "data_offsets")}");
        if (!TensorShape.TryByteLength(extents.AsSpan(), type, out long length))
            throw Error($"tensor {quoted} of shape [{Quoting.Clean(string.Join(", ", extents))}] has more bytes than 63 bits can count");
        if (length != bytes.End - bytes.Begin)
            throw Error($"tensor {quoted} of type {type.Name()} and shape [{string.Join(", ", extents)}] needs {length} bytes but data_offsets [{bytes.Begin}, {bytes.End}] hold {bytes.End - bytes.Begin}");
        if (bytes.End > long.MaxValue - _dataStart)
            throw Error($"tensor {quoted} ends at byte {bytes.End} of the data, beyond any file");
        return new TensorInfo(name, type, extents, _dataStart + bytes.Begin, length);
    }

    private TensorDtype ReadDtype(string tensor)
    {
        Expect(JsonTokenType.String, $"dtype of tensor {tensor}");
        string text = _json.GetString()!;
        return TensorDtypes.TryParse(text, out TensorDtype dtype)
            ? dtype
            : throw Error($"tensor {tensor} has dtype {Quoting.Quote(text)}, which is not supported ({TensorDtypes.AllNames} are); convert the weights first");
    }

    private ImmutableArray<long> ReadShape(string tensor)
    {
        ReadNumbers($"shape of tensor {tensor}", TensorShape.MaxRank);
        return [.. _numbers];
    }

    private (long Begin, long End) ReadRange(string tensor)
    {
        ReadNumbers($"data_offsets of tensor {tensor}", 2);
        if (_numbers.Count != 2)
            throw Error($"data_offsets of tensor {tensor} has {_numbers.Count} numbers, not 2");
        return _numbers[0] <= _numbers[1]
            ? (_numbers[0], _numbers[1])
            : throw Error($"data_offsets of tensor {tensor} end at {_numbers[1]} before they begin at {_numbers[0]}");
    }

    private void ReadNumbers(string what, int limit)
    {
        _numbers.Clear();
        Expect(JsonTokenType.StartArray, what);
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (_json.TokenType != JsonTokenType.Number || !_json.TryGetInt64(out long number) || number < 0)
                throw Error($"{what} holds {Quoting.Quote(_json.ValueSpan)}, not an integer from 0 to {long.MaxValue}");
            if (_numbers.Count == limit)
                throw Error($"{what} has more than {limit} numbers");
            _numbers.Add(number);
        }
    }

    private bool NextProperty() => _json.Read() && _json.TokenType == JsonTokenType.PropertyName;

    private void Expect(JsonTokenType expected, string what)
    {
        _json.Read();
        if (_json.TokenType != expected)
            throw Error($"{what} is a JSON {_json.TokenType}, expected {expected}");
    }

    private readonly SafetensorsException Twice(string tensor, string field) => Error($"tensor {tensor} has {field} twice");

    private readonly SafetensorsException Error(string what) => new($"{_source}: {what}.");
}
