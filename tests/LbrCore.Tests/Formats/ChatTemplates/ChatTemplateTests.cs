using System.Numerics;
using System.Text.Json;
using LbrCore.Formats.ChatTemplates;
using LbrCore.Formats.Tokenization;
using LbrCore.Tests.Formats.Tokenization;

namespace LbrCore.Tests.Formats.ChatTemplates;

public sealed class ChatTemplateTests
{
    [Theory]
    [InlineData("a\n  {{ x | nosuch }}", "the filter 'nosuch' is not supported", 2, 10)]
    [InlineData("{{ x is nosuch }}", "the test 'nosuch' is not supported", 1, 9)]
    [InlineData("\n\n{% include 'x' %}", "the tag 'include' is not supported", 3, 4)]
    [InlineData("{% block b %}{% endblock %}", "the tag 'block' is not supported", 1, 4)]
    [InlineData("{% whatever %}", "unknown tag 'whatever'", 1, 4)]
    [InlineData("{% for a in b recursive %}{% endfor %}", "'recursive' loop", 1, 15)]
    [InlineData("{{ 0x1F }}", "another base", 1, 4)]
    [InlineData("x{% if y %}", "not closed by 'endif'", 1, 2)]
    [InlineData("{{ 'abc }}", "string is not closed", 1, 4)]
    public void ParsingNamesConstructAndPlace(string template, string problem, int line, int column)
    {
        ChatTemplateException error = Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(template));
        Assert.Contains(problem, error.Problem, StringComparison.Ordinal);
        Assert.Equal((line, column), (error.Line, error.Column));
        Assert.Contains($"line {line}, column {column}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\n{{ 1 + messages }}", "'+' is not supported between 'int' and 'list'", 2, 6)]
    [InlineData("{{ messages[5].content.x }}", "is undefined", 1, 15)]
    [InlineData("{% if true %}\n{{ raise_exception('Only users may speak') }}{% endif %}", "Only users may speak", 2, 19)]
    [InlineData("{{ messages.append(1) }}", "'list.append' would change a value", 1, 19)]
    public void RenderingNamesProblemAndPlace(string template, string problem, int line, int column)
    {
        ChatTemplate parsed = ChatTemplate.Parse(template);
        ChatTemplateException error = Assert.Throws<ChatTemplateException>(() => parsed.Render([new ChatMessage("user", "Hi")]));
        Assert.Contains(problem, error.Problem, StringComparison.Ordinal);
        Assert.Equal((line, column), (error.Line, error.Column));
    }

    [Fact]
    public void QwenWritesToolsAndThinking()
    {
        ChatTemplate template = ChatTemplate.FromConfig(TokenizerFixtures.Qwen3.Config)!;
        using JsonDocument tool = JsonDocument.Parse("""{"type":"function","function":{"name":"add","parameters":{"a":1.0,"b":"é"}}}""");
        using JsonDocument call = JsonDocument.Parse("""[{"function":{"name":"add","arguments":{"x":[1,null,true]}}}]""");
        string text = template.Render(
            [new ChatMessage("user", "Hi"), new ChatMessage("assistant", "").With("tool_calls", call.RootElement), new ChatMessage("tool", "3")],
            tools: [tool.RootElement],
            variables: new Dictionary<string, object?> { ["enable_thinking"] = false });
        Assert.Contains("""{"type": "function", "function": {"name": "add", "parameters": {"a": 1.0, "b": "é"}}}""", text, StringComparison.Ordinal);
        Assert.Contains("<tool_call>\n{\"name\": \"add\", \"arguments\": {\"x\": [1, null, true]}}\n</tool_call>", text, StringComparison.Ordinal);
        Assert.EndsWith("<|im_start|>user\n<tool_response>\n3\n</tool_response><|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void VariablesAreSeenInTheirOrder()
    {
        ChatTemplate template = ChatTemplate.Parse("{{ bos_token }}{{ add_generation_prompt }}{{ tools is none }}{{ x }}", new Dictionary<string, string> { ["bos_token"] = "<s>", ["x"] = "default" });
        Assert.Equal("<s>TrueTruedefault", template.Render([]));
        Assert.Equal("<s>FalseTrue7", template.Render([], addGenerationPrompt: false, variables: new Dictionary<string, object?> { ["x"] = 7 }));
    }

    [Fact]
    public void DotNetValuesBecomeTemplateValues()
    {
        ChatTemplate template = ChatTemplate.Parse("{{ v }}");
        string Show(object? value) => template.Render([], variables: new Dictionary<string, object?> { ["v"] = value });
        Assert.Equal("[1, 2.0, None, True, 'a', {'k': [1]}]", Show(new object?[] { 1, 2f, null, true, "a", new Dictionary<string, object?> { ["k"] = new[] { 1 } } }));
        Assert.Equal("340282366920938463463374607431768211456", Show(BigInteger.Pow(2, 128)));
        using JsonDocument json = JsonDocument.Parse("""{"a":[1,1.0,1e2,12345678901234567890,"x",null,false]}""");
        Assert.Equal("{'a': [1, 1.0, 100.0, 12345678901234567890, 'x', None, False]}", Show(json.RootElement));
        Assert.Throws<ArgumentException>(() => Show(new object()));
        var endless = new List<object?>();
        endless.Add(endless);
        Assert.Throws<ArgumentException>(() => Show(endless));
    }

    [Fact]
    public void MessagesKeepTheirMembers()
    {
        using JsonDocument json = JsonDocument.Parse("""{"role":"assistant","content":null,"name":"x","n":[1]}""");
        ChatMessage message = ChatMessage.FromJson(json.RootElement);
        Assert.Equal("assistant", message.Role);
        Assert.Null(message.Content);
        Assert.Equal(["role", "content", "name", "n"], message.Members.Keys);
        Assert.Equal("y", message.With("name", "y").Members["name"]);
        Assert.Equal("x", message.Members["name"]);
        Assert.Throws<ArgumentException>(() => ChatMessage.FromJson(JsonDocument.Parse("""{"content":"x"}""").RootElement));
        Assert.Throws<ArgumentException>(() => new ChatMessage("", "x"));
    }

    [Fact]
    public void ConfigsNameTemplatesInThreeWays()
    {
        static string? Template(string json) => TokenizerConfig.Parse(System.Text.Encoding.UTF8.GetBytes(json)).ChatTemplate;
        Assert.Equal("x", Template("""{"chat_template":"x"}"""));
        Assert.Equal("d", Template("""{"chat_template":[{"name":"tool_use","template":"t"},{"name":"default","template":"d"}]}"""));
        Assert.Null(Template("""{"chat_template":null}"""));
        Assert.Null(ChatTemplate.FromConfig(TokenizerConfig.Empty));
        Assert.Throws<InvalidDataException>(() => Template("""{"chat_template":5}"""));
        Assert.Throws<InvalidDataException>(() => Template("""["""));
    }

    [Fact]
    public void RenderingIsSafeFromSeveralThreads()
    {
        ChatTemplate template = ChatTemplate.FromConfig(TokenizerFixtures.DeepSeekV3.Config)!;
        string[] texts = [.. Enumerable.Range(0, 20).Select(i => template.Render([new ChatMessage("user", $"Question {i}")]))];
        Parallel.For(0, 400, i => Assert.Equal(texts[i % 20], template.Render([new ChatMessage("user", $"Question {i % 20}")])));
    }
}
