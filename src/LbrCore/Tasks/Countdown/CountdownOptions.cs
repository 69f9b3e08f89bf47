using System.Text.Json;

namespace LbrCore.Tasks.Countdown;

/// <summary>Sizes of Countdown.</summary>
public sealed record CountdownOptions
{
    /// <summary>Least numbers that are given. Counts from here to <see cref="MaxNumbers"/> are equally frequent.</summary>
    public int MinNumbers { get; init; } = 3;

    /// <summary>Most numbers that are given.</summary>
    public int MaxNumbers { get; init; } = 4;

    /// <summary>Greatest number that is given; the least is 1.</summary>
    public int MaxNumber { get; init; } = 20;

    /// <summary>Greatest number that may occur; each from 0 to it is one token.</summary>
    public int MaxValue { get; init; } = 100;

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentException">A size is out of range; the message names it and its bounds.</exception>
    public void Validate()
    {
        Require(MinNumbers, 2, 8, nameof(MinNumbers));
        Require(MaxNumbers, MinNumbers, 8, nameof(MaxNumbers));
        Require(MaxValue, 10, 10_000, nameof(MaxValue));
        Require(MaxNumber, 4, MaxValue, nameof(MaxNumber));
    }

    /// <summary>Reads the members of a configuration.</summary>
    internal static CountdownOptions Read(TaskMembers members)
    {
        var usual = new CountdownOptions();
        return new CountdownOptions
        {
            MinNumbers = members.Number("min_numbers", usual.MinNumbers),
            MaxNumbers = members.Number("max_numbers", usual.MaxNumbers),
            MaxNumber = members.Number("max_number", usual.MaxNumber),
            MaxValue = members.Number("max_value", usual.MaxValue),
        };
    }

    /// <summary>Writes the members of a configuration.</summary>
    internal void Write(Utf8JsonWriter writer)
    {
        writer.WriteNumber("min_numbers", MinNumbers);
        writer.WriteNumber("max_numbers", MaxNumbers);
        writer.WriteNumber("max_number", MaxNumber);
        writer.WriteNumber("max_value", MaxValue);
    }

    private static void Require(int value, int least, int most, string name)
    {
        if (value < least || value > most) throw new ArgumentException($"{name} is {value}; it must be {least} to {most}.", name);
    }
}
