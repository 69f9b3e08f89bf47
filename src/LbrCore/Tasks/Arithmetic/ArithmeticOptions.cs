using System.Text.Json;

namespace LbrCore.Tasks.Arithmetic;

/// <summary>Sizes of the arithmetic task.</summary>
public sealed record ArithmeticOptions
{
    /// <summary>Numbers are 0 to below it, and each is one token.</summary>
    public int Modulus { get; init; } = 11;

    /// <summary>Least operations of an expression. Counts from here to <see cref="MaxOperations"/> are equally frequent.</summary>
    public int MinOperations { get; init; } = 2;

    /// <summary>Most operations of an expression.</summary>
    public int MaxOperations { get; init; } = 5;

    /// <summary>Whether an answer is right only if its steps are: every operation of the expression once, each with the right result. Otherwise the result alone counts.</summary>
    public bool CheckSteps { get; init; }

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentException">A size is out of range; the message names it and its bounds.</exception>
    public void Validate()
    {
        Require(Modulus, 2, 1000, nameof(Modulus));
        Require(MinOperations, 1, 64, nameof(MinOperations));
        Require(MaxOperations, MinOperations, 64, nameof(MaxOperations));
    }

    /// <summary>Reads the members of a configuration.</summary>
    internal static ArithmeticOptions Read(TaskMembers members)
    {
        var usual = new ArithmeticOptions();
        return new ArithmeticOptions
        {
            Modulus = members.Number("modulus", usual.Modulus),
            MinOperations = members.Number("min_operations", usual.MinOperations),
            MaxOperations = members.Number("max_operations", usual.MaxOperations),
            CheckSteps = members.Flag("check_steps", usual.CheckSteps),
        };
    }

    /// <summary>Writes the members of a configuration.</summary>
    internal void Write(Utf8JsonWriter writer)
    {
        writer.WriteNumber("modulus", Modulus);
        writer.WriteNumber("min_operations", MinOperations);
        writer.WriteNumber("max_operations", MaxOperations);
        writer.WriteBoolean("check_steps", CheckSteps);
    }

    private static void Require(int value, int least, int most, string name)
    {
        if (value < least || value > most) throw new ArgumentException($"{name} is {value}; it must be {least} to {most}.", name);
    }
}
