using System.Diagnostics;
using LbrCore.Tasks.Mathematics;

namespace LbrCore.Tests.Tasks.Mathematics;

/// <summary>Tables of answers beside references: what is the same, what is not, and what strict mode does not take.</summary>
public class MathAnswerVerifierTests
{
    private static readonly MathAnswerVerifier s_lenient = new(), s_strict = new(strict: true);

    // Answer and reference that mean the same in either mode.
    public static TheoryData<string, string> Same => Pairs(
        // Spelling
        ("42", "42"), (" 42 ", "42"), ("42.", "42"), ("$42$", "42"), ("\\$42", "42"), ("+42", "42"), ("{42}", "42"), ("042", "42"), ("42.0", "42"), ("42.000", "42"),
        (".5", "0.5"), ("-.5", "-0.5"), ("50\\%", "50"), ("50%", "50\\%"), ("1,234", "1234"), ("1{,}234{,}567", "1234567"), ("12,345.60", "12345.6"), ("-1,234", "-1234"),
        ("\\dfrac{1}{2}", "\\frac{1}{2}"), ("\\tfrac12", "\\frac{1}{2}"), ("\\frac12", "1/2"), ("\\frac1{2}", "0.5"), ("\\frac{1}2", "0.5"), ("\\frac{ 3 }{ 4 }", "\\frac34"), ("\\cfrac{1}{3}", "1/3"),
        ("\\sqrt3", "\\sqrt{3}"), ("\\sqrt 3", "\\sqrt{3}"), ("2\\sqrt{3}", "\\sqrt{12}"), ("√3", "\\sqrt{3}"), ("\\left(1,2\\right)", "(1,2)"), ("\\left( 1 , 2 \\right)", "(1, 2)"),
        ("1\\,000", "1000"), ("\\!5", "5"), ("45^\\circ", "45"), ("45^{\\circ}", "45"), ("45°", "45\\degree"), ("x=5", "5"), ("x = 5", "5"), ("5", "x=5"), ("y_1=3", "3"), ("f(x)=x^2", "x^2"),
        ("x \\in [0,1]", "[0,1]"), ("−3", "-3"), ("3 × 4", "3 \\cdot 4 \\cdot 1"),
        // Units
        ("5\\text{ cm}", "5"), ("5 \\text{cm}^2", "5"), ("5\\mathrm{~kg}", "5"), ("5 cm", "5"), ("12 dollars", "12"), ("12 square units", "12"), ("30 minutes", "30"), ("\\text{5 cm}", "5"), ("3 \\text{ inches}", "3\\text{ in}"),
        ("\\frac{1}{2}\\text{ hour}", "\\frac12"), ("60\\text{ degrees}", "60^\\circ"),
        // Fractions and decimals
        ("2/4", "1/2"), ("\\frac{2}{4}", "\\frac{1}{2}"), ("-\\frac{1}{2}", "\\frac{-1}{2}"), ("-\\frac{1}{2}", "-0.5"), ("\\frac{-3}{-4}", "3/4"), ("0.125", "1/8"), ("3\\frac{1}{2}", "7/2"), ("3\\frac12", "3.5"), ("-1\\frac{3}{4}", "-1.75"),
        ("10^3", "1000"), ("10^{-2}", "0.01"), ("1.5 \\times 10^3", "1500"), ("3.00\\times10^{8}", "300000000"), ("1.41421", "1.41420"), ("3.1416", "3.14159"),
        // Formulas
        ("2x+1", "1+2x"), ("(x+1)^2", "x^2+2x+1"), ("(x-1)(x+1)", "x^2-1"), ("\\frac{x^2-1}{x-1}", "x+1"), ("x(x+y)", "x^2+xy"), ("\\frac{a}{b}+\\frac{c}{d}", "\\frac{ad+bc}{bd}"), ("2^{n+1}", "2\\cdot 2^n"),
        ("\\sin^2 x+\\cos^2 x", "\\sin^2(x)+\\cos^2(x)"), ("\\sin 2x", "2\\sin x\\cos x"), ("e^{x+y}", "e^x e^y"), ("\\ln(e^2 x^0)", "\\ln e^2"), ("\\frac{\\sqrt{2}}{2}", "\\frac{1}{\\sqrt{2}}"), ("\\sqrt[3]{54}", "3\\sqrt[3]{2}"),
        ("\\frac{\\pi}{6}", "\\pi/6"), ("2\\pi", "π*2"), ("1+\\sqrt{5}", "\\sqrt{5}+1"), ("\\frac{1+\\sqrt5}{2}", "\\frac{2}{\\sqrt{5}-1}"), ("\\log_2 8x^0", "\\frac{\\ln 8}{\\ln 2}"), ("3+4i", "4i+3"), ("(1+i)^2", "2i"), ("|a-b|", "|b-a|"),
        ("n!", "n!"), ("\\binom{n}{2}", "\\frac{n(n-1)}{2}"), ("x^{1/2}", "\\sqrt{x}"), ("x_1+x_2", "x_2+x_1"), ("\\theta+1", "1+\\theta"), ("y=2x+1", "2x-y+1=0"), ("x^2+y^2=4", "2x^2+2y^2=8"), ("-x", "0-x"), ("--x", "x"),
        // Tuples, intervals, sets, lists, matrices
        ("(1,2)", "(1.0,\\frac{4}{2})"), ("(3,\\frac{\\pi}{2})", "\\left(3,\\pi/2\\right)"), ("[0,1)", "[0,1)"), ("[0,\\frac12)", "[0,0.5)"), ("(-\\infty,3]", "(-\\infty, 3]"), ("(0,+\\infty)", "(0,\\infty)"),
        ("(-\\infty,2)\\cup(3,\\infty)", "(3,\\infty)\\cup(-\\infty,2)"), ("\\{1,2,3\\}", "\\{3,2,1\\}"), ("\\{1,1,2\\}", "\\{2,1\\}"), ("\\lbrace 1,2\\rbrace", "\\{2,1\\}"), ("1,2", "2,1"), ("1, 2 \\text{ and } 3", "3,2,1"), ("1 \\text{ or } 2", "1,2"),
        ("x=1,x=2", "1,2"), ("\\pm 3", "3,-3"), ("2\\pm\\sqrt{3}", "2+\\sqrt3,2-\\sqrt3"), ("(1,2),(3,4)", "(3,4),(1,2)"),
        ("\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\\\ \\end{pmatrix}"), ("\\begin{bmatrix}1\\\\0.5\\end{bmatrix}", "\\begin{pmatrix}1\\\\\\frac12\\end{pmatrix}"),
        // Words
        ("\\text{Monday}", "Monday"), ("monday", "\\text{Monday}"), ("(A)", "A"), ("\\text{(B)}", "B"), ("\\textbf{(C)}", "\\text{C}"), ("\\text{No}", "no"), ("Yes", "\\text{yes}"), ("\\mathrm{odd}", "\\text{odd}"),
        ("1010_2", "1010_{2}"), ("\\emptyset", "\\emptyset"));

    // Answer and reference that are different in either mode.
    public static TheoryData<string, string> Different => Pairs(
        ("", "5"), ("5", ""), ("5", "6"), ("-5", "5"), ("5", "-5"), ("12", "1,2"), ("1.2", "12"), ("50", "0.5"), ("0.5", "50\\%"), ("50\\%", "0.5"), ("5", "500"), ("500", "5"), ("0.05", "5\\%"),
        ("10001", "10000"), ("10000.5", "10000"), ("9999.9", "10000"), ("3.14", "\\pi"), ("3.15", "3.14"), ("0.33", "1/3"), ("22/7", "3.14"), ("1/2", "1/3"), ("\\frac{1}{2}", "\\frac{2}{1}"), ("3\\frac{1}{2}", "3/2"), ("31/2", "3\\frac12"),
        ("1000000000000000000001", "1000000000000000000000"), ("\\frac{1}{1000000000001}", "\\frac{1}{1000000000000}"), ("0", "10^{-20}"), ("x", "y"), ("x", "X"), ("ab", "AB"), ("2x+1", "2x-1"), ("x^2", "2x"), ("x^2", "x^3"), ("x+1", "1"),
        ("\\sqrt{2}", "\\sqrt{3}"), ("\\sin x", "\\cos x"), ("\\sqrt{x^2}", "x"), ("\\frac{1}{x}", "x"), ("e^x", "x^e"), ("a", "A"), ("b", "(B)"), ("A", "B"), ("3+4i", "3-4i"), ("i", "1"), ("x^2+10^{-4}", "x^2"), ("\\pi", "3.14159265358979\\pi"),
        ("(1,2)", "(2,1)"), ("(1,2)", "[1,2]"), ("[0,1)", "[0,1]"), ("(0,1)", "(0,1]"), ("(1,2)", "(1,2,3)"), ("(1,2)", "\\{1,2\\}"), ("\\{1,2\\}", "\\{1,2,3\\}"), ("1,2", "1,2,3"), ("1,1", "1,2"), ("1,2,2", "1,1,2"), ("1", "1,2"), ("1,2", "1"),
        ("3", "\\pm3"), ("\\pm3", "3"), ("(-\\infty,2)", "(-\\infty,2)\\cup(3,\\infty)"), ("(1,234)", "1234"), ("\\{1234\\}", "\\{1,234\\}"), ("y=2x+1", "y=2x-1"), ("x^2+y^2=4", "x^2+y^2=5"), ("0=0", "x=1"), ("x=1", "0=0"),
        ("\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{pmatrix}1&3\\\\2&4\\end{pmatrix}"), ("\\begin{pmatrix}1&2\\end{pmatrix}", "\\begin{pmatrix}1\\\\2\\end{pmatrix}"), ("(1,2)", "\\begin{pmatrix}1\\\\2\\end{pmatrix}"),
        ("Monday", "Tuesday"), ("\\text{yes}", "\\text{no}"), ("yes or no", "yes"), ("5 or 6", "5"), ("\\infty", "-\\infty"), ("\\infty", "5"), ("\\frac{1}{0}", "\\infty"), ("0/0", "1"), ("\\frac{0}{0}", "0"), ("1010_2", "1010_3"),
        // What cannot be read, and what shall not hang or overflow
        ("\\frac{1}{", "1"), ("((((", "1"), ("))))", "1"), ("{{{{", "{"), ("\\", "1"), ("5\\", "6"), ("1..2", "1.2"), ("1.2.3", "1.23"), (",,,,", "1"), ("\\begin{pmatrix}", "\\begin{pmatrix}1\\end{pmatrix}"), ("=", "x=1"), ("x==1", "x=1"),
        ("9^{9^{9^{9^9}}}", "1"), ("9^{9^{9^{9^9}}}", "9^{9^{9^{9^8}}}"), ("(10^{400})!", "1"), ("10^{5000}", "10^{5001}"), ("2^{-100000}", "0"), ("\\sqrt[999999999]{2}", "1"), ("\\binom{999999999}{500000000}", "1"), ("1/(x-x)", "5"), ("\\log 0", "0"),
        ("\\\u0000", "1"), ("٣", "3"), ("５", "6"), ("NaN", "0"), ("\\text{}", "0"));

    // Right, but only where no reward depends on it.
    public static TheoryData<string, string> LenientOnly => Pairs(
        ("1+1", "2"), ("2^{10}", "1024"), ("\\sqrt{16}", "4"), ("3\\cdot 4", "12"), ("\\binom{5}{2}", "10"), ("5!", "120"), ("\\frac{\\sqrt{4}}{4}", "\\frac12"), ("0.3333", "\\frac{1}{3}"), ("0.66667", "2/3"), ("1.41421", "\\sqrt{2}"), ("3.14159", "\\pi"),
        ("\\sqrt{2}", "1.41421"), ("1,2", "\\{1,2\\}"), ("\\{3\\}", "3"), ("\\lfloor 2.5\\rfloor", "2"), ("1000000007 - 1", "1000000006"));

    [Theory]
    [MemberData(nameof(Same))]
    public void The_same(string answer, string reference)
    {
        Assert.True(s_lenient.AreEqual(answer, reference));
        Assert.True(s_strict.AreEqual(answer, reference), "strict");
    }

    [Theory]
    [MemberData(nameof(Different))]
    public void Different_ones(string answer, string reference)
    {
        var watch = Stopwatch.StartNew();
        Assert.False(s_lenient.AreEqual(answer, reference));
        Assert.False(s_strict.AreEqual(answer, reference));
        Assert.False(s_lenient.AreEqual(reference, answer));
        Assert.InRange(watch.ElapsedMilliseconds, 0, 2000);
    }

    [Theory]
    [MemberData(nameof(LenientOnly))]
    public void Not_for_rewards(string answer, string reference)
    {
        Assert.True(s_lenient.AreEqual(answer, reference));
        Assert.False(s_strict.AreEqual(answer, reference));
    }

    [Theory]
    [InlineData("so \\boxed{5}", "5", "5")]
    [InlineData("\\boxed{4} no, \\boxed{5}.", "5", "5")]
    [InlineData("\\boxed{\\frac{1}{2}} is it", "\\frac{1}{2}", "\\frac{1}{2}")]
    [InlineData("\\boxed{\\{1,2\\}}", "\\{1,2\\}", "\\{1,2\\}")]
    [InlineData("\\boxed {7}", "7", "7")]
    [InlineData("\\boxed 7 and more", "7", "7")]
    [InlineData("\\fbox{7}", "7", "7")]
    [InlineData("<think>\\boxed{3}</think> it is \\boxed{4}", "4", "4")]
    [InlineData("<think>\\boxed{3}</think> it is 4", null, null)]
    [InlineData("<think>\\boxed{3}", "3", "3")]
    [InlineData("\\boxed{5", null, null)]
    [InlineData("\\boxed{5} and then \\boxed{", null, null)]
    [InlineData("\\boxed", null, null)]
    [InlineData("The answer is 12.", null, "12")]
    [InlineData("The final answer is: $x=3$\nThat is all.", null, "$x=3$")]
    [InlineData("3 + 4 = 7\n#### 7", null, "7")]
    [InlineData("I do not know", null, null)]
    [InlineData("", null, null)]
    public void Answers_are_found(string text, string? strict, string? lenient)
    {
        Assert.Equal(strict, AnswerExtraction.Find(text, boxedOnly: true));
        Assert.Equal(lenient, AnswerExtraction.Find(text, boxedOnly: false));
    }

    [Fact]
    public void Whole_outputs_are_judged_and_voted_on()
    {
        Assert.Equal("correct", s_strict.Verify("<think>hm</think> \\boxed{\\dfrac12}", "\\frac{1}{2}").Reason);
        Assert.Equal("another answer", s_strict.Verify("\\boxed{3}", "\\frac{1}{2}").Reason);
        Assert.Equal("no answer", s_strict.Verify("the answer is 1/2", "\\frac{1}{2}").Reason);
        Assert.Equal("correct", s_lenient.Verify("the answer is 1/2", "\\frac{1}{2}").Reason);
        Assert.Equal(s_strict.Vote("\\boxed{x = \\frac12}"), s_strict.Vote("\\boxed{\\dfrac{1}{2}}"));
        Assert.Null(s_strict.Vote("12"));
    }

    [Fact]
    public void Long_and_deep_answers_end_soon()
    {
        string[] hostile =
        [
            new string('(', 3000), new string('{', 100_000), string.Concat(Enumerable.Repeat("\\frac{1}{", 500)), string.Concat(Enumerable.Repeat("\\sqrt", 700)) + "2", string.Concat(Enumerable.Repeat("x^", 900)) + "2",
            string.Join(',', Enumerable.Range(0, 900)), string.Join('+', Enumerable.Repeat("\\frac{1}{997}\\sin x", 100)), string.Concat(Enumerable.Repeat("-", 1900)) + "1", new string('9', 1900) + "^" + new string('9', 50),
            string.Concat(Enumerable.Repeat("((x+1)^64)^64", 40)), string.Join("\\cup", Enumerable.Repeat("(1,2)", 300)), string.Concat(Enumerable.Repeat("|", 1000)), string.Concat(Enumerable.Repeat("5 \\text{", 400)), new string(' ', 3000) + "cm",
        ];
        foreach (string answer in hostile)
        {
            var watch = Stopwatch.StartNew();
            Assert.False(s_lenient.AreEqual(answer, "x+1") && answer.Length < 4000);
            Assert.False(s_lenient.AreEqual("17", answer));
            s_lenient.AreEqual(answer, answer[..^1] + "3");
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(4), $"{answer[..20]}: {watch.Elapsed}");
        }

        string many = string.Join(',', Enumerable.Range(0, 32).Select(i => $"\\sin({i}x)+\\cos({i}x)")), reversed = string.Join(',', Enumerable.Range(0, 32).Reverse().Select(i => $"\\cos({i}x)+\\sin({i}x)"));
        Assert.False(new MathAnswerVerifier(limit: TimeSpan.FromTicks(1)).AreEqual(many, reversed));
    }

    [Fact]
    public void Random_text_is_never_an_error()
    {
        var random = new Random(5);
        const string Characters = "0123456789.,xyi+-*/^_=(){}[]|\\ $%";
        string[] words = ["\\frac", "\\sqrt", "\\pi", "\\{", "\\}", "\\left", "\\text{", "\\cup", "\\pm", "\\sin", "\\begin{pmatrix}", "\\end{pmatrix}", "&", "\\\\", "\\infty", "!"];
        for (int i = 0; i < 3000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 20)).Select(_ => random.Next(4) == 0 ? words[random.Next(words.Length)] : Characters[random.Next(Characters.Length)].ToString()));
            Assert.False(s_lenient.AreEqual(text, "\\text{Wednesday}"));
            s_lenient.AreEqual(text, "\\frac{1}{2}");
            s_lenient.AreEqual("x^2", text);
            s_strict.Verify(text, text);
        }
    }

    private static TheoryData<string, string> Pairs(params (string, string)[] pairs)
    {
        var data = new TheoryData<string, string>();
        foreach ((string answer, string reference) in pairs) data.Add(answer, reference);
        return data;
    }
}
