/// <summary>A switch, a helper of another class and an early return: arms of a few operations are selected or predicated, others are jumped over.</summary>
public static partial class Branches
{
    [Kernel]
    public static void Run(ArrayView<int> kind, ArrayView<float> x, ArrayView<float> y, int n)
    {
        int i = Group.IdxX;
        if (i >= n) return;
        float value = x[i];
        switch (kind[i])
        {
            case 0:
                value = XMath.Max(value, 0f);
                break;
            case 1 or 2:
                value = Gates.Sigmoid(value);
                break;
            default:
                value = 0;
                break;
        }

        y[i] = value;
    }
}

internal static class Gates
{
    public static float Sigmoid(float x)
    {
        float e = XMath.FastExp(-XMath.Abs(x));
        return (x < 0 ? e : 1f) / (1f + e);
    }
}
