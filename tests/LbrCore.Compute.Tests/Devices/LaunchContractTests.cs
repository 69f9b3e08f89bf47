using Xunit;

namespace LbrCore.Compute.Tests.Devices;

public sealed class LaunchContractTests : IDisposable
{
    private readonly Device _device = Device.Open("cpu:scalar");
    private readonly KernelVariant _add = TestKernels.AddScalar();

    public void Dispose() => _device.Dispose();

    [Fact]
    public void AShortViewIsNamedWithWhatIsNeededAndGiven()
    {
        using DeviceBuffer<float> buffer = _device.Allocate<float>(11);
        ArrayView<float> x = buffer;
        int rows = 3, columns = 4;
        var exception = Assert.Throws<LaunchContractException>(() => Contract().Length(x, (long)rows * columns));
        Assert.Equal("Launch of Add.Scalar (T=Single) refused: x is a view of 11 elements, needed: at least 12 ((long)rows * columns) elements.", exception.Message);
        Assert.Equal("x", exception.Parameter);
        Assert.Equal("Add.Scalar (T=Single)", exception.Kernel);
        Contract().Length(x, 11);
        Contract().Length(ArrayView<float>.Empty, 0);
        Assert.Throws<LaunchContractException>(() => Contract().Length(x, -1));
    }

    [Fact]
    public void AlignmentIsChecked()
    {
        using DeviceBuffer<float> buffer = _device.Allocate<float>(11);
        Contract().Aligned(buffer.View, 16);
        ArrayView<float> odd = buffer.View.SubView(1);
        var exception = Assert.Throws<LaunchContractException>(() => Contract().Aligned(odd, 16));
        Assert.Contains("odd is at 0x", exception.Message);
        Assert.Contains("multiple of 16 bytes", exception.Message);
        Contract().Aligned(buffer.View.SubView(1, 0), 16);
    }

    [Fact]
    public void OverlapIsFound()
    {
        using DeviceBuffer<float> buffer = _device.Allocate<float>(8);
        ArrayView<float> left = buffer.View.SubView(0, 4), right = buffer.View.SubView(4, 4), middle = buffer.View.SubView(3, 2);
        Contract().Disjoint(left, right);
        Assert.Throws<LaunchContractException>(() => Contract().Disjoint(left, middle));
        Assert.Throws<LaunchContractException>(() => Contract().Disjoint(right, middle.Cast<byte>()));
    }

    [Fact]
    public void NumbersAreCheckedWithTheirNames()
    {
        int rows = -1, tile = 12;
        Assert.Contains("rows is -1, needed: 0 or more", Assert.Throws<LaunchContractException>(() => Contract().NonNegative(rows)).Message);
        Assert.Contains("tile is 12, needed: a multiple of 8", Assert.Throws<LaunchContractException>(() => Contract().MultipleOf(tile, 8)).Message);
        Assert.Contains("tile is 12, needed: 1 to 8", Assert.Throws<LaunchContractException>(() => Contract().InRange(tile, 1, 8)).Message);
        Assert.Throws<LaunchContractException>(() => Contract().Positive(0));
        Contract().Positive(1);
        Contract().NonNegative(0);
        Contract().MultipleOf(16, 8);
    }

    [Fact]
    public void SizesOfTheLaunchAreChecked()
    {
        LaunchContract contract = Contract(new LaunchConfig((2, 3)) { DynamicSharedBytes = 100 });
        Assert.Equal((Dim3)32, contract.Config.Group);
        contract.GroupSize(32);
        contract.GroupMultipleOf(16);
        contract.GridAtLeast((2, 2));
        contract.DynamicShared(100);
        Assert.Throws<LaunchContractException>(() => contract.GroupSize(64));
        Assert.Throws<LaunchContractException>(() => contract.GroupMultipleOf(20));
        Assert.Throws<LaunchContractException>(() => contract.GridAtLeast((2, 4)));
        Assert.Throws<LaunchContractException>(() => contract.DynamicShared(101));
    }

    [Fact]
    public void AnyConditionHasItsOwnSentence()
    {
        int hiddenSize = 7;
        var exception = Assert.Throws<LaunchContractException>(() => Contract().Require(hiddenSize % 8 == 0, $"hiddenSize is {hiddenSize:D3}; pad it to a multiple of 8"));
        Assert.Equal("Launch of Add.Scalar (T=Single) refused: hiddenSize is 007; pad it to a multiple of 8.", exception.Message);
        Assert.Throws<LaunchContractException>(() => Contract().Require(false, "never"));
        Contract().Require(true, "never");
    }

    [Fact]
    public void AContractThatHoldsAllocatesNothing()
    {
        using DeviceBuffer<float> buffer = _device.Allocate<float>(64);
        ArrayView<float> x = buffer;
        Check(64);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Check(64);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Check(int size)
        {
            LaunchContract contract = Contract();
            contract.Length(x, size);
            contract.Aligned(x, 16);
            contract.NonNegative(size);
            contract.Require(size % 8 == 0, $"size is {size}; pad it");
        }
    }

    [Fact]
    public void MemoryOfAnotherKindOfDeviceIsRefused()
    {
        var x = new ArrayView<float>(64, 4, onDeviceOnly: true);
        var exception = Assert.Throws<LaunchContractException>(() => Contract().Length(x, 4));
        Assert.Contains("x is memory of a GPU, needed: memory of cpu:scalar", exception.Message);
    }

    [Fact]
    public void AMissingVariantNamesTheDeclaredOnes()
    {
        var exception = new MissingVariantException("Add.Scalar", "T=Double", [_add]);
        Assert.Contains("has no variant T=Double. Declared: T=Single.", exception.Message);
    }

    private LaunchContract Contract(LaunchConfig? config = null) => LaunchContract.For(_device, _add, config ?? new LaunchConfig(1));
}
