using System.Numerics;

namespace LbrCore.Formats.ChatTemplates.Runtime;

/// <summary>Python's operators: integers without overflow (within a bound), true and floor division, text and lists that add and repeat.</summary>
internal static class Arithmetic
{
    private const int MaximumBits = 4096;

    /// <summary>Whether the value is a number; booleans are.</summary>
    public static bool IsNumber(object? value) => value is long or double or bool or BigInteger;

    /// <summary>The order of two numbers; null where one of them is not a number in the sense of IEEE 754.</summary>
    public static int? Compare(object left, object right)
    {
        if (left is not double && right is not double)
            return ToInteger(left).CompareTo(ToInteger(right));
        (double a, double b) = (ToDouble(left), ToDouble(right));
        return double.IsNaN(a) || double.IsNaN(b) ? null : a.CompareTo(b);
    }

    /// <summary><c>left operation right</c>.</summary>
    public static object? Apply(string operation, object? left, object? right, RenderBudget budget)
    {
        if (operation == "~")
            return Concatenate(PythonText.Str(left, budget), PythonText.Str(right, budget), budget);
        if (left is Undefined a)
            throw a.Error;
        if (right is Undefined b)
            throw b.Error;

        switch (operation, left, right)
        {
            case ("+", string first, string second):
                return Concatenate(first, second, budget);
            case ("+", TemplateSequence first, TemplateSequence second) when first.IsTuple == second.IsTuple:
                budget.ChargeItems((long)first.Items.Count + second.Items.Count);
                return new TemplateSequence([.. first.Items, .. second.Items], first.IsTuple);
            case ("*", string or TemplateSequence, long or bool):
                return Repeat(left, (long)ToInteger(right), budget);
            case ("*", long or bool, string or TemplateSequence):
                return Repeat(right, (long)ToInteger(left), budget);
            case ("%", string format, _):
                return PrintfFormat.Apply(format, right is TemplateSequence { IsTuple: true } tuple ? tuple.Items : [right], budget);
        }

        if (!IsNumber(left) || !IsNumber(right))
        {
            throw new TemplateValueException(operation == "+" && left is string
                ? $"can only join str to str with '+', not '{PythonText.TypeName(right)}'"
                : $"'{operation}' is not supported between '{PythonText.TypeName(left)}' and '{PythonText.TypeName(right)}'");
        }

        bool onIntegers = left is not double && right is not double;
        if (operation == "/" || !onIntegers || (operation == "**" && ToInteger(right).Sign < 0))
            return OnDoubles(operation, ToDouble(left!), ToDouble(right!));
        return OnIntegers(operation, ToInteger(left), ToInteger(right));
    }

    /// <summary><c>-value</c> or <c>+value</c>.</summary>
    public static object Sign(object? value, bool negates) => value switch
    {
        Undefined undefined => throw undefined.Error,
        double d => negates ? -d : d,
        _ when IsNumber(value) => Narrow(negates ? -ToInteger(value) : ToInteger(value)),
        _ => throw new TemplateValueException($"a sign in front of a value of type '{PythonText.TypeName(value)}'"),
    };

    /// <summary>Rounds to decimal places, ties to even, by the exact value of the double as Python does: 2.675 lies below the tie.</summary>
    public static double Round(double value, int places)
    {
        if (!double.IsFinite(value))
            return value;
        long bits = BitConverter.DoubleToInt64Bits(value);
        int exponent = (int)(bits >> 52 & 0x7FF);
        BigInteger mantissa = bits & 0xFFFFFFFFFFFFF | (exponent > 0 ? 1L << 52 : 0);
        int shift = Math.Max(exponent, 1) - 1075;
        if (shift >= 0)
            return value;

        BigInteger divisor = BigInteger.One << -shift;
        BigInteger quotient = BigInteger.DivRem(mantissa * BigInteger.Pow(10, places), divisor, out BigInteger remainder);
        int half = (remainder * 2).CompareTo(divisor);
        if (half > 0 || (half == 0 && !quotient.IsEven))
            quotient += 1;
        double rounded = double.Parse($"{quotient}E-{places}", System.Globalization.CultureInfo.InvariantCulture);
        return double.CopySign(rounded, value);
    }

    /// <summary>The number as a double.</summary>
    public static double ToDouble(object value) => value is double d ? d : (double)ToInteger(value);

    /// <summary>The integer as such; booleans are 0 and 1.</summary>
    public static BigInteger ToInteger(object? value) => value switch
    {
        long n => n,
        bool b => b ? 1 : 0,
        BigInteger n => n,
        _ => throw new TemplateValueException($"an integer is needed, not '{PythonText.TypeName(value)}'"),
    };

    /// <summary>An integer in the smallest of our types that holds it.</summary>
    public static object Narrow(BigInteger value)
    {
        if (value >= long.MinValue && value <= long.MaxValue)
            return (long)value;
        return value.GetBitLength() <= MaximumBits ? value : throw new TemplateValueException($"an integer of more than {MaximumBits} bits");
    }

    private static string Concatenate(string left, string right, RenderBudget budget)
    {
        budget.ChargeText((long)left.Length + right.Length);
        return left + right;
    }

    private static object Repeat(object? value, long count, RenderBudget budget)
    {
        count = Math.Max(count, 0);
        if (value is string text)
        {
            if (text.Length == 0 || count == 0)
                return string.Empty;
            budget.ChargeText(count > RenderBudget.MaximumLength ? count : count * text.Length);
            return new System.Text.StringBuilder(text.Length * (int)count).Insert(0, text, (int)count).ToString();
        }

        var sequence = (TemplateSequence)value!;
        var items = new List<object?>();
        if (sequence.Items.Count > 0)
        {
            budget.ChargeItems(count > RenderBudget.MaximumItems ? count : count * sequence.Items.Count);
            for (long i = 0; i < count; i++)
                items.AddRange(sequence.Items);
        }

        return new TemplateSequence(items, sequence.IsTuple);
    }

    private static object OnIntegers(string operation, BigInteger left, BigInteger right)
    {
        switch (operation)
        {
            case "+":
                return Narrow(left + right);
            case "-":
                return Narrow(left - right);
            case "*":
                return Narrow(left * right);
            case "**":
                if (right > MaximumBits || left.GetBitLength() * (long)right > MaximumBits * 2)
                    throw new TemplateValueException($"an integer of more than {MaximumBits} bits");
                return Narrow(BigInteger.Pow(left, (int)right));
        }

        if (right.IsZero)
            throw new TemplateValueException("division by zero");
        BigInteger quotient = BigInteger.DivRem(left, right, out BigInteger remainder);
        if (!remainder.IsZero && remainder.Sign != right.Sign)
            (quotient, remainder) = (quotient - 1, remainder + right);
        return Narrow(operation == "//" ? quotient : remainder);
    }

    private static object OnDoubles(string operation, double left, double right)
    {
        if (right == 0 && operation is ("/" or "//" or "%"))
            throw new TemplateValueException("division by zero");
        switch (operation)
        {
            case "+":
                return left + right;
            case "-":
                return left - right;
            case "*":
                return left * right;
            case "/":
                return left / right;
            case "**":
                return left == 0 && right < 0 ? throw new TemplateValueException("zero to a negative power") : Math.Pow(left, right);
            case "//":
                return Math.Floor(left / right);
            default:
                double remainder = left % right;
                return remainder != 0 && remainder < 0 != right < 0 ? remainder + right : remainder;
        }
    }
}
