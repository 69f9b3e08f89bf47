using System.Numerics;

namespace LbrCore.Tasks.Mathematics.Symbolic;

/// <summary>An exact fraction in lowest terms with a positive denominator.</summary>
internal readonly record struct Rational
{
    // Answers have some digits, not thousands; beyond it arithmetic gives up rather than run for long.
    private const int MaximumBits = 1 << 11;

    private const int MaximumDigits = MaximumBits / 4;

    // What a double holds without overflow.
    private const int DoubleBits = 1000;

    private readonly BigInteger _denominatorLessOne;

    private Rational(BigInteger numerator, BigInteger denominator)
    {
        Numerator = numerator;
        _denominatorLessOne = denominator - 1;
    }

    public BigInteger Numerator { get; }

    // Kept less one, so that the default value is 0 / 1.
    public BigInteger Denominator => _denominatorLessOne + 1;

    public bool IsInteger => _denominatorLessOne.IsZero;

    public bool IsZero => Numerator.IsZero;

    public static implicit operator Rational(int value) => new(value, 1);

    public static implicit operator Rational(BigInteger value) => Reduce(value, 1);

    public static Rational operator +(Rational a, Rational b) => Reduce((a.Numerator * b.Denominator) + (b.Numerator * a.Denominator), a.Denominator * b.Denominator);

    public static Rational operator -(Rational a, Rational b) => Reduce((a.Numerator * b.Denominator) - (b.Numerator * a.Denominator), a.Denominator * b.Denominator);

    public static Rational operator *(Rational a, Rational b) => Reduce(a.Numerator * b.Numerator, a.Denominator * b.Denominator);

    /// <exception cref="NotExactException">The divisor is 0.</exception>
    public static Rational operator /(Rational a, Rational b) => b.IsZero ? throw new NotExactException() : Reduce(a.Numerator * b.Denominator, a.Denominator * b.Numerator);

    /// <summary>A whole number or decimal as digits with at most one point.</summary>
    public static Rational Parse(ReadOnlySpan<char> digits)
    {
        if (digits.Length > MaximumDigits) throw new NotExactException();
        int point = digits.IndexOf('.');
        if (point < 0) return new Rational(BigInteger.Parse(digits, provider: null), 1);
        string joined = string.Concat(digits[..point], digits[(point + 1)..]);
        return Reduce(BigInteger.Parse(joined, provider: null), BigInteger.Pow(10, digits.Length - point - 1));
    }

    /// <summary>A power with a whole exponent.</summary>
    /// <exception cref="NotExactException">The result is too long, or 0 to a negative power.</exception>
    public Rational Power(BigInteger exponent)
    {
        if (exponent.IsZero) return 1;
        if (this == 1) return 1;
        if (IsZero) return exponent.Sign > 0 ? 0 : throw new NotExactException();
        long bits = Math.Max(Numerator.GetBitLength(), Denominator.GetBitLength());
        if (BigInteger.Abs(exponent) * bits > MaximumBits) throw new NotExactException();
        int n = (int)BigInteger.Abs(exponent);
        (BigInteger p, BigInteger q) = (BigInteger.Pow(Numerator, n), BigInteger.Pow(Denominator, n));
        return exponent.Sign > 0 ? Reduce(p, q) : Reduce(q, p);
    }

    /// <summary>The root of a perfect power.</summary>
    /// <exception cref="NotExactException">The root is not rational.</exception>
    public Rational Root(int degree)
    {
        if (Numerator.Sign < 0 && degree % 2 == 0) throw new NotExactException();
        return Reduce(Root(Numerator, degree), Root(Denominator, degree));
    }

    /// <summary>The nearest double or one beside it; infinite where it is too large.</summary>
    public double ToDouble()
    {
        if (Numerator.GetBitLength() < DoubleBits && Denominator.GetBitLength() < DoubleBits) return (double)Numerator / (double)Denominator;
        return Numerator.Sign * Math.Exp(BigInteger.Log(BigInteger.Abs(Numerator)) - BigInteger.Log(Denominator));
    }

    private static Rational Reduce(BigInteger numerator, BigInteger denominator)
    {
        if (numerator.GetBitLength() > MaximumBits || denominator.GetBitLength() > MaximumBits) throw new NotExactException();
        var divisor = BigInteger.GreatestCommonDivisor(numerator, denominator);
        if (denominator.Sign < 0) divisor = -divisor;
        return new Rational(numerator / divisor, denominator / divisor);
    }

    private static BigInteger Root(BigInteger value, int degree)
    {
        var magnitude = BigInteger.Abs(value);
        // Bisection: the root has about bits / degree bits.
        BigInteger low = 0, high = BigInteger.One << (int)((magnitude.GetBitLength() / degree) + 1);
        while (low < high)
        {
            BigInteger middle = (low + high + 1) >> 1;
            if (BigInteger.Pow(middle, degree) <= magnitude) low = middle;
            else high = middle - 1;
        }

        return BigInteger.Pow(low, degree) == magnitude ? value.Sign * low : throw new NotExactException();
    }
}

/// <summary>A value has no exact form that could be used: it is irrational, not defined, or too long.</summary>
internal sealed class NotExactException : Exception;
