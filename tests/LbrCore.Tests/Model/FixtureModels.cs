using LbrCore.Compute;
using LbrCore.Formats;
using LbrCore.Formats.Safetensors;
using LbrCore.Model;
using LbrCore.Tests.Formats;

namespace LbrCore.Tests.Model;

/// <summary>The reference models on the CPU device, each loaded once in each element type.</summary>
public sealed class FixtureModels : IDisposable
{
    private readonly Dictionary<(string, TensorDtype), Transformer> _models = [];
    private readonly Dictionary<string, SafetensorsModel> _expected = [];

    public Device Device { get; } = Device.Open("cpu");

    public Transformer Load(string name, TensorDtype elementType)
    {
        if (!_models.TryGetValue((name, elementType), out Transformer? model))
            _models.Add((name, elementType), model = Transformer.Load(ModelFixtures.Folder(name), Device, elementType));
        return model;
    }

    public SafetensorsModel Expected(string name)
    {
        if (!_expected.TryGetValue(name, out SafetensorsModel? expected))
            _expected.Add(name, expected = SafetensorsModel.Open(Path.Combine(ModelFixtures.Folder(name), "expected.safetensors")));
        return expected;
    }

    public void Dispose()
    {
        foreach (SafetensorsModel expected in _expected.Values) expected.Dispose();
        foreach (Transformer model in _models.Values) model.Dispose();
        Device.Dispose();
    }
}
