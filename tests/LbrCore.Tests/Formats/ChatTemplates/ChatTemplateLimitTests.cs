using System.Diagnostics;
using System.Text;
using System.Text.Json;
using LbrCore.Formats.ChatTemplates;
using LbrCore.Tests.Formats.Tokenization;

namespace LbrCore.Tests.Formats.ChatTemplates;

/// <summary>No template, however made, hangs, exhausts memory or the stack, or throws anything but the documented exception.</summary>
public sealed class ChatTemplateLimitTests
{
    [Theory]
    [InlineData("{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}", "steps")]
    [InlineData("{% for a in range(100000) %}{{ 'x' * 10000 }}{% endfor %}", "limit")]
    [InlineData("{{ 'x' * 1000000000000 }}", "limit")]
    [InlineData("{{ [1] * 1000000000000 }}", "limit")]
    [InlineData("{{ range(100001) }}", "limit")]
    [InlineData("{{ 9 ** 99999 }}", "bits")]
    [InlineData("{% set ns = namespace(s='ab') %}{% for a in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}", "limit")]
    [InlineData("{% set ns = namespace(s='ab') %}{% for a in range(60) %}{% set ns.s = ns.s.replace('a', ns.s) %}{% endfor %}", "limit")]
    [InlineData("{% set ns = namespace(s='ab') %}{% for a in range(60) %}{% set ns.s = ns.s.join([ns.s, ns.s]) %}{% endfor %}", "limit")]
    [InlineData("{% set ns = namespace(l=[1]) %}{% for a in range(60) %}{% set ns.l = ns.l + ns.l %}{% endfor %}", "limit")]
    [InlineData("{% set ns = namespace(l=[1]) %}{% for a in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}", "limit|steps")]
    [InlineData("{% set ns = namespace(l=[1]) %}{% for a in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l | tojson }}", "limit|steps")]
    [InlineData("{% set ns = namespace(l=[1], m=[1]) %}{% for a in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% set ns.m = [ns.m, ns.m] %}{% endfor %}{{ ns.l == ns.m }}", "steps")]
    [InlineData("{% set ns = namespace(l=[1]) %}{% for a in range(500) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l }}", "nested")]
    [InlineData("{% set ns = namespace() %}{% set ns.me = ns %}{{ ns }}", "nested")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "macros call")]
    [InlineData("{{ ''.ljust(100000000000) }}", "limit")]
    [InlineData("{{ '%999999d' % 1 }}", "width")]
    [InlineData("{{ 'a' | center(100000000000) }}", "limit")]
    [InlineData("{{ 'a\nb' | indent(100000000000) }}", "limit")]
    [InlineData("{{ 1 | tojson(indent=100000000) }}", "indent")]
    [InlineData("{% for a in range(100000) %}{% set x = 'a b ' * 5000 %}{% set y = x.split() %}{% endfor %}", "steps")]
    public void Limits(string template, string named)
    {
        ChatTemplate parsed = ChatTemplate.Parse(template);
        var clock = Stopwatch.StartNew();
        ChatTemplateException error = Assert.Throws<ChatTemplateException>(() => parsed.Render([]));
        Assert.Contains(named.Split('|'), word => error.Problem.Contains(word, StringComparison.Ordinal));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), $"took {clock.Elapsed}");
    }

    [Theory]
    [InlineData("(", "1", ")")]
    [InlineData("[", "1", "]")]
    [InlineData("{1:", "1", "}")]
    [InlineData("not ", "1", "")]
    [InlineData("-", "1", "")]
    [InlineData("1+", "1", "")]
    [InlineData("", "1", "|abs")]
    [InlineData("", "a", ".b")]
    [InlineData("", "a", "[0]")]
    [InlineData("1 if ", "1", " else 1")]
    public void DeepExpressionsAreRenderedOrRefused(string before, string core, string after)
    {
        foreach (int depth in (int[])[50, 1000, 20_000])
        {
            string expression = new StringBuilder().Insert(0, before, depth).Append(core).Insert(0, "{{ ").Append(new StringBuilder().Insert(0, after, depth)).Append(" }}").ToString();
            OnSmallStack(() => Try(expression));
        }
    }

    [Fact]
    public void DeepStatementsAreRenderedOrRefused()
    {
        foreach (int depth in (int[])[50, 1000, 20_000])
        {
            OnSmallStack(() => Try(new StringBuilder().Insert(0, "{% if true %}", depth).Append('x').Append(new StringBuilder().Insert(0, "{% endif %}", depth)).ToString()));
            OnSmallStack(() => Try(new StringBuilder().Insert(0, "{% for a in [1] %}", depth).ToString()));
        }

        Assert.Equal("x", ChatTemplate.Parse(new StringBuilder().Insert(0, "{% if true %}", 50).Append('x').Append(new StringBuilder().Insert(0, "{% endif %}", 50)).ToString()).Render([]));
    }

    [Fact]
    public void MutatedTemplates()
    {
        string[] sources =
        [
            TokenizerFixtures.Qwen3.Config.ChatTemplate!,
            TokenizerFixtures.DeepSeekV3.Config.ChatTemplate!,
            .. TokenizerFixtures.Expected("jinja-expected.json").EnumerateArray().Select(row => row.GetProperty("template").GetString()!),
        ];
        string[] splices = ["{{", "}}", "{%", "%}", "{#", "#}", "-", "(", ")", "[", "]", "{", "}", "'", "\"", "|", " is ", " if ", " else ", " for x in ", "loop", "messages", " not ", " in ", "**", "//", "~", ".", ",", ":", "=", "\n", "1", "99999999999999999999", "1e308", "\\", "é", "\uD800"];
        List<ChatMessage> messages = [new("system", "s"), new("user", "Hi"), new ChatMessage("assistant", null).With("tool_calls", new object?[] { new Dictionary<string, object?> { ["type"] = "f" } }), new("tool", "x"), new("user", "?")];
        var random = new Random(31);
        int rendered = 0, refused = 0;
        for (int i = 0; i < 6000; i++)
        {
            var text = new StringBuilder(sources[i % 3 < 2 ? i % 3 : random.Next(sources.Length)]);
            for (int edits = random.Next(1, 4); edits > 0 && text.Length > 0; edits--)
            {
                int at = random.Next(text.Length);
                if (random.Next(3) == 0)
                    text.Remove(at, Math.Min(random.Next(1, 12), text.Length - at));
                else
                    text.Insert(at, random.Next(4) == 0 ? text.ToString(at, Math.Min(30, text.Length - at)) : splices[random.Next(splices.Length)]);
            }

            try
            {
                ChatTemplate.Parse(text.ToString()).Render(messages);
                rendered++;
            }
            catch (ChatTemplateException e)
            {
                Assert.True(e.Line >= 1 && e.Column >= 1 && e.Problem.Length > 0);
                refused++;
            }
        }

        Assert.True(rendered > 500 && refused > 1000, $"{rendered} rendered, {refused} refused");
    }

    private static void Try(string template)
    {
        try
        {
            ChatTemplate.Parse(template).Render([]);
        }
        catch (ChatTemplateException e)
        {
            Assert.NotEmpty(e.Problem);
        }
    }

    /// <summary>A stack overflow ends the process, so what could cause one is tried where it would come soonest.</summary>
    private static void OnSmallStack(Action action)
    {
        Exception? failure = null;
        var thread = new Thread(
            () =>
            {
                try
                {
                    action();
                }
                catch (Exception e)
                {
                    failure = e;
                }
            },
            256 * 1024);
        thread.Start();
        thread.Join();
        Assert.Null(failure);
    }
}
