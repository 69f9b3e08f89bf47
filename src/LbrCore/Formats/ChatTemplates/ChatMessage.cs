using System.Text.Json;

namespace LbrCore.Formats.ChatTemplates;

/// <summary>
/// One message of a conversation, as a chat template sees it: a mapping with <c>role</c> and <c>content</c>, and whatever else the template knows
/// (<c>tool_calls</c>, <c>reasoning_content</c>, <c>name</c>, ...). Immutable.
/// </summary>
public sealed class ChatMessage
{
    private readonly OrderedDictionary<string, object?> _members;

    /// <summary>A message.</summary>
    /// <param name="role">Who speaks: system, user, assistant, tool, or another role that the template knows.</param>
    /// <param name="content">What is said; null for a message that only calls tools.</param>
    public ChatMessage(string role, string? content)
        : this(new OrderedDictionary<string, object?> { ["role"] = role, ["content"] = content })
    {
        ArgumentException.ThrowIfNullOrEmpty(role);
    }

    private ChatMessage(OrderedDictionary<string, object?> members) => _members = members;

    /// <summary>
    /// The members, in order. Values are null, booleans, numbers, text, lists, dictionaries with text keys, and <see cref="JsonElement"/>.
    /// </summary>
    public IReadOnlyDictionary<string, object?> Members => _members;

    /// <summary>Who speaks.</summary>
    public string Role => _members.GetValueOrDefault("role") as string ?? string.Empty;

    /// <summary>What is said, where that is plain text.</summary>
    public string? Content => _members.GetValueOrDefault("content") as string;

    /// <summary>The message with one member added or replaced.</summary>
    /// <param name="name">Such as <c>tool_calls</c> or <c>reasoning_content</c>.</param>
    /// <param name="value">A value of the kinds that <see cref="Members"/> names.</param>
    public ChatMessage With(string name, object? value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new ChatMessage(new OrderedDictionary<string, object?>(_members) { [name] = value });
    }

    /// <summary>A message from a JSON object, all of its members kept.</summary>
    /// <exception cref="ArgumentException">The element is not an object with a text <c>role</c>.</exception>
    public static ChatMessage FromJson(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("role", out JsonElement role) || role.ValueKind != JsonValueKind.String)
            throw new ArgumentException("A chat message must be a JSON object with a 'role'.", nameof(json));
        var members = new OrderedDictionary<string, object?>();
        foreach (JsonProperty member in json.EnumerateObject())
            members[member.Name] = member.Value.ValueKind switch
            {
                JsonValueKind.String => member.Value.GetString(),
                JsonValueKind.Null => null,
                _ => member.Value.Clone(),
            };
        return new ChatMessage(members);
    }
}
