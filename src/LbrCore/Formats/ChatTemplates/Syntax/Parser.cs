using System.Runtime.CompilerServices;

namespace LbrCore.Formats.ChatTemplates.Syntax;

/// <summary>
/// Parses tokens into statements, by the grammar of Jinja2. Tags that need other templates or an extension (include, extends, block, ...) are
/// refused by name; filters and tests are checked to be known.
/// </summary>
internal sealed partial class Parser
{
    private const int MaximumNesting = 200;

    private static readonly string[] s_unsupportedTags = ["include", "import", "from", "extends", "block", "autoescape", "print", "do", "trans", "debug"];

    private readonly IReadOnlyList<Token> _tokens;
    private readonly IKnownNames _known;
    private int _next;
    private int _nesting;
    private int _loops;

    private Parser(IReadOnlyList<Token> tokens, IKnownNames known) => (_tokens, _known) = (tokens, known);

    private Token Current => _tokens[_next];

    /// <summary>The statements of a template.</summary>
    /// <exception cref="ChatTemplateException">The template is malformed, or uses a construct that is not supported.</exception>
    public static IReadOnlyList<Statement> Parse(string template, IKnownNames known)
    {
        var parser = new Parser(Lexer.Tokenize(template), known);
        IReadOnlyList<Statement> statements = parser.ParseBody();
        Token end = parser.Current;
        return end.Kind == TokenKind.End ? statements : throw end.Position.Error($"'{parser.Peek(1).Text}' has nothing to end");
    }

    /// <summary>Statements up to a tag that starts with one of the words, or the end; the tag's start is not consumed.</summary>
    private List<Statement> ParseBody(params ReadOnlySpan<string> endWords)
    {
        Enter();
        var statements = new List<Statement>();
        while (Current.Kind != TokenKind.End)
        {
            Token token = Current;
            if (token.Kind == TokenKind.StatementStart)
            {
                if (IsEnd(Peek(1), endWords))
                    break;
                _next++;
                statements.Add(ParseTag(token.Position));
                Expect(TokenKind.StatementEnd);
                continue;
            }

            _next++;
            if (token.Kind == TokenKind.Data)
            {
                statements.Add(new DataStatement(token.Position, token.Text));
                continue;
            }

            statements.Add(new OutputStatement(token.Position, ParseTuple()));
            Expect(TokenKind.OutputEnd);
        }

        _nesting--;
        return statements;
    }

    private static bool IsEnd(Token word, ReadOnlySpan<string> endWords)
    {
        if (word.Kind != TokenKind.Name)
            return false;
        foreach (string end in endWords)
            if (word.Text == end)
                return true;
        // Without end words, any closing tag ends the body, and the caller complains.
        return endWords.IsEmpty && (word.Text.StartsWith("end", StringComparison.Ordinal) || word.Text is "else" or "elif");
    }

    private Statement ParseTag(Position position)
    {
        Token word = Take();
        if (word.Kind != TokenKind.Name)
            throw word.Position.Error($"expected a tag name, found {word.Described}");
        return word.Text switch
        {
            "if" => ParseIf(position),
            "for" => ParseFor(position),
            "set" => ParseSet(position),
            "macro" => ParseMacro(position),
            "with" => ParseWith(position),
            "filter" => ParseFilterBlock(position),
            "call" => ParseCallBlock(position),
            "generation" => new ScopeStatement(position, [], ParseBlock(position, "generation", "endgeneration")),
            "break" or "continue" => _loops > 0
                ? new LoopControlStatement(position, word.Text == "break")
                : throw word.Position.Error($"'{word.Text}' outside of a loop"),
            _ when s_unsupportedTags.Contains(word.Text) => throw word.Position.Error($"the tag '{word.Text}' is not supported"),
            _ => throw word.Position.Error($"unknown tag '{word.Text}'"),
        };
    }

    /// <summary>Behind the opening tag's contents: its end, the body, and the closing word.</summary>
    private List<Statement> ParseBlock(Position opened, string tag, params ReadOnlySpan<string> endWords)
    {
        TakeOperator(":");
        Expect(TokenKind.StatementEnd);
        List<Statement> body = ParseBody(endWords);
        if (Current.Kind == TokenKind.End)
            throw opened.Error($"the tag '{tag}' is not closed by '{endWords[^1]}'");
        _next++; // The start of the closing tag.
        if (endWords.Length == 1)
            _next++;
        return body;
    }

    private IfStatement ParseIf(Position position)
    {
        var branches = new List<(Expression, IReadOnlyList<Statement>)>();
        while (true)
        {
            Expression condition = ParseTuple(withConditional: false);
            branches.Add((condition, ParseBlock(position, "if", "elif", "else", "endif")));
            Token word = Take();
            if (word.Text == "elif")
                continue;
            IReadOnlyList<Statement> otherwise = word.Text == "else" ? ParseBlock(position, "if", "endif") : [];
            return new IfStatement(position, branches, otherwise);
        }
    }

    private ForStatement ParseFor(Position position)
    {
        AssignmentTarget target = ParseTarget(allowMember: false);
        ExpectName("in");
        Expression items = ParseTuple(withConditional: false, endWord: "recursive");
        Expression? condition = TakeName("if") ? ParseExpression() : null;
        if (Current.IsName("recursive"))
            throw Current.Position.Error("a 'recursive' loop is not supported");

        _loops++;
        List<Statement> body = ParseBlock(position, "for", "else", "endfor");
        _loops--;
        IReadOnlyList<Statement> otherwise = Take().Text == "else" ? ParseBlock(position, "for", "endfor") : [];
        return new ForStatement(position, target, items, condition, body, otherwise);
    }

    private Statement ParseSet(Position position)
    {
        AssignmentTarget target = ParseTarget(allowMember: true);
        if (TakeOperator("="))
            return new SetStatement(position, target, ParseTuple());
        var filter = Current.IsOperator("|") ? (FilterExpression?)ParseFilters(null) : null;
        return new SetBlockStatement(position, target, filter, ParseIsolated(position, "set", "endset"));
    }

    private FilterBlockStatement ParseFilterBlock(Position position)
    {
        var filter = (FilterExpression)ParseFilters(null, startsInline: true)!;
        return new FilterBlockStatement(position, filter, ParseIsolated(position, "filter", "endfilter"));
    }

    private ScopeStatement ParseWith(Position position)
    {
        var assignments = new List<(AssignmentTarget, Expression)>();
        while (Current.Kind != TokenKind.StatementEnd)
        {
            if (assignments.Count > 0)
                ExpectOperator(",");
            AssignmentTarget target = ParseTarget(allowMember: false, allowTuple: false);
            ExpectOperator("=");
            assignments.Add((target, ParseExpression()));
        }

        return new ScopeStatement(position, assignments, ParseBlock(position, "with", "endwith"));
    }

    private MacroStatement ParseMacro(Position position)
    {
        Token name = Take();
        if (name.Kind != TokenKind.Name)
            throw name.Position.Error($"expected the macro's name, found {name.Described}");
        return new MacroStatement(position, name.Text, ParseParameters(), ParseIsolated(position, "macro", "endmacro"));
    }

    private CallBlockStatement ParseCallBlock(Position position)
    {
        List<(string, Expression?)> parameters = Current.IsOperator("(") ? ParseParameters() : [];
        Position callPosition = Current.Position;
        if (ParseExpression() is not CallExpression call)
            throw callPosition.Error("the tag 'call' needs a call of a macro");
        return new CallBlockStatement(position, call, new MacroStatement(position, "caller", parameters, ParseIsolated(position, "call", "endcall")));
    }

    private List<(string, Expression?)> ParseParameters()
    {
        ExpectOperator("(");
        var parameters = new List<(string, Expression?)>();
        bool defaultSeen = false;
        while (!Current.IsOperator(")"))
        {
            if (parameters.Count > 0)
                ExpectOperator(",");
            Token parameter = Take();
            if (parameter.Kind != TokenKind.Name)
                throw parameter.Position.Error($"expected a parameter's name, found {parameter.Described}");
            Expression? value = TakeOperator("=") ? ParseExpression() : null;
            if (value is null && defaultSeen)
                throw parameter.Position.Error($"the parameter '{parameter.Text}' without a default follows one with a default");
            defaultSeen |= value is not null;
            parameters.Add((parameter.Text, value));
        }

        ExpectOperator(")");
        return parameters;
    }

    /// <summary>A body that runs on its own, so that a loop around it cannot be left from inside.</summary>
    private List<Statement> ParseIsolated(Position position, string tag, string endWord)
    {
        int loops = _loops;
        _loops = 0;
        List<Statement> body = ParseBlock(position, tag, endWord);
        _loops = loops;
        return body;
    }

    private AssignmentTarget ParseTarget(bool allowMember, bool allowTuple = true)
    {
        Position position = Current.Position;
        AssignmentTarget first = ParseSingleTarget(allowMember);
        if (!allowTuple || !Current.IsOperator(","))
            return first;
        var items = new List<AssignmentTarget> { first };
        while (TakeOperator(",") && (Current.Kind == TokenKind.Name || Current.IsOperator("(")) && !Current.IsName("in"))
            items.Add(ParseSingleTarget(allowMember));
        return new TupleTarget(position, items);
    }

    private AssignmentTarget ParseSingleTarget(bool allowMember)
    {
        Token token = Take();
        if (token.IsOperator("("))
        {
            Enter();
            AssignmentTarget inner = ParseTarget(allowMember);
            ExpectOperator(")");
            _nesting--;
            return inner;
        }

        if (token.Kind != TokenKind.Name || token.Text is "true" or "false" or "none" or "True" or "False" or "None")
            throw token.Position.Error($"cannot assign to {token.Described}");
        if (!Current.IsOperator("."))
            return new NameTarget(token.Position, token.Text);
        if (!allowMember)
            throw Current.Position.Error("a namespace member cannot be assigned to here");
        _next++;
        Token member = Take();
        return member.Kind == TokenKind.Name
            ? new MemberTarget(token.Position, token.Text, member.Text)
            : throw member.Position.Error($"expected a name, found {member.Described}");
    }

    private void Enter()
    {
        if (++_nesting > MaximumNesting || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw Current.Position.Error($"the template is nested more than {MaximumNesting} deep");
    }

    private Token Take() => Current.Kind == TokenKind.End ? Current : _tokens[_next++];

    private Token Peek(int ahead) => _tokens[Math.Min(_next + ahead, _tokens.Count - 1)];

    private bool TakeName(string name)
    {
        bool taken = Current.IsName(name);
        _next += taken ? 1 : 0;
        return taken;
    }

    private bool TakeOperator(string text)
    {
        bool taken = Current.IsOperator(text);
        _next += taken ? 1 : 0;
        return taken;
    }

    private void ExpectName(string name)
    {
        if (!TakeName(name))
            throw Current.Position.Error($"expected '{name}', found {Current.Described}");
    }

    private void ExpectOperator(string text)
    {
        if (!TakeOperator(text))
            throw Current.Position.Error($"expected '{text}', found {Current.Described}");
    }

    private void Expect(TokenKind kind)
    {
        if (Current.Kind != kind)
            throw Current.Position.Error($"expected '{(kind == TokenKind.StatementEnd ? "%}" : "}}")}', found {Current.Described}");
        _next++;
    }
}

/// <summary>What a template may call by name; asked when parsing, so that an unknown name is found before rendering.</summary>
internal interface IKnownNames
{
    /// <summary>Whether there is a filter with the name.</summary>
    bool HasFilter(string name);

    /// <summary>Whether there is a test with the name.</summary>
    bool HasTest(string name);
}
