namespace LbrCore.Formats.ChatTemplates.Syntax;

/// <summary>Expressions, from the loosest binding to the tightest.</summary>
internal sealed partial class Parser
{
    /// <summary>An expression, or several with commas between, which make a tuple.</summary>
    private Expression ParseTuple(bool withConditional = true, string? endWord = null, bool parenthesized = false)
    {
        Position position = Current.Position;
        var items = new List<Expression>();
        bool isTuple = false;
        while (!AtTupleEnd(endWord))
        {
            items.Add(withConditional ? ParseExpression() : ParseOr());
            if (!TakeOperator(","))
                break;
            isTuple = true;
        }

        if (items.Count == 1 && !isTuple)
            return items[0];
        if (items.Count == 0 && !parenthesized)
            throw Current.Position.Error($"expected an expression, found {Current.Described}");
        return new SequenceExpression(position, items, IsTuple: true);
    }

    private bool AtTupleEnd(string? endWord) =>
        Current.Kind is TokenKind.OutputEnd or TokenKind.StatementEnd or TokenKind.End || Current.IsOperator(")") || (endWord is not null && Current.IsName(endWord));

    private Expression ParseExpression()
    {
        Enter();
        Expression value = ParseOr();
        while (Current.IsName("if"))
        {
            Position position = Take().Position;
            Expression condition = ParseOr();
            Expression? otherwise = TakeName("else") ? ParseExpression() : null;
            value = new ConditionalExpression(position, condition, value, otherwise);
        }

        _nesting--;
        return value;
    }

    private Expression ParseOr()
    {
        Expression left = ParseAnd();
        while (Current.IsName("or"))
            left = new LogicalExpression(Take().Position, IsAnd: false, left, ParseAnd());
        return left;
    }

    private Expression ParseAnd()
    {
        Expression left = ParseNot();
        while (Current.IsName("and"))
            left = new LogicalExpression(Take().Position, IsAnd: true, left, ParseNot());
        return left;
    }

    private Expression ParseNot()
    {
        if (!Current.IsName("not"))
            return ParseComparison();
        Enter();
        Expression negated = new NotExpression(Take().Position, ParseNot());
        _nesting--;
        return negated;
    }

    private Expression ParseComparison()
    {
        Expression first = ParseSum();
        Position position = Current.Position;
        var rest = new List<(string, Expression)>();
        while (true)
        {
            if (Current.Kind == TokenKind.Operator && Current.Text is "==" or "!=" or "<" or "<=" or ">" or ">=")
                rest.Add((Take().Text, ParseSum()));
            else if (TakeName("in"))
                rest.Add(("in", ParseSum()));
            else if (Current.IsName("not") && Peek(1).IsName("in"))
            {
                _next += 2;
                rest.Add(("not in", ParseSum()));
            }
            else
                break;
        }

        return rest.Count == 0 ? first : new ComparisonExpression(position, first, rest);
    }

    private Expression ParseSum()
    {
        Expression left = ParseConcatenation();
        while (Current.Kind == TokenKind.Operator && Current.Text is "+" or "-")
            left = Binary(Take(), left, ParseConcatenation());
        return left;
    }

    private Expression ParseConcatenation()
    {
        Expression left = ParseProduct();
        while (Current.IsOperator("~"))
            left = Binary(Take(), left, ParseProduct());
        return left;
    }

    private Expression ParseProduct()
    {
        Expression left = ParsePower();
        while (Current.Kind == TokenKind.Operator && Current.Text is "*" or "/" or "//" or "%")
            left = Binary(Take(), left, ParsePower());
        return left;
    }

    private Expression ParsePower()
    {
        Expression left = ParseUnary(withFilters: true);
        while (Current.IsOperator("**"))
            left = Binary(Take(), left, ParseUnary(withFilters: true));
        return left;
    }

    private static BinaryExpression Binary(Token operation, Expression left, Expression right) => new(operation.Position, operation.Text, left, right);

    private Expression ParseUnary(bool withFilters)
    {
        Expression value;
        if (Current.Kind == TokenKind.Operator && Current.Text is "+" or "-")
        {
            Enter();
            Token sign = Take();
            value = new SignExpression(sign.Position, ParseUnary(withFilters: false), sign.Text == "-");
            _nesting--;
        }
        else
        {
            value = ParsePrimary();
        }

        value = ParsePostfix(value);
        return withFilters ? ParseFiltersAndTests(value) : value;
    }

    private Expression ParsePrimary()
    {
        Token token = Take();
        switch (token.Kind)
        {
            case TokenKind.Name:
                return token.Text switch
                {
                    "true" or "True" => new LiteralExpression(token.Position, true),
                    "false" or "False" => new LiteralExpression(token.Position, false),
                    "none" or "None" => new LiteralExpression(token.Position, null),
                    _ => new NameExpression(token.Position, token.Text),
                };
            case TokenKind.Number:
                return new LiteralExpression(token.Position, token.Value);
            case TokenKind.Text:
                string text = token.Text;
                while (Current.Kind == TokenKind.Text)
                    text += Take().Text;
                return new LiteralExpression(token.Position, text);
            case TokenKind.Operator when token.Text == "(":
                Enter();
                Expression inner = ParseTuple(parenthesized: true);
                ExpectOperator(")");
                _nesting--;
                return inner;
            case TokenKind.Operator when token.Text == "[":
                return new SequenceExpression(token.Position, ParseItems("]", ParseExpression), IsTuple: false);
            case TokenKind.Operator when token.Text == "{":
                return new MappingExpression(token.Position, ParseItems("}", ParsePair));
            default:
                throw token.Position.Error($"expected an expression, found {token.Described}");
        }
    }

    private List<T> ParseItems<T>(string close, Func<T> parseItem)
    {
        Enter();
        var items = new List<T>();
        while (!TakeOperator(close))
        {
            if (items.Count > 0)
            {
                ExpectOperator(",");
                if (TakeOperator(close))
                    break;
            }

            items.Add(parseItem());
        }

        _nesting--;
        return items;
    }

    private (Expression, Expression) ParsePair()
    {
        Expression key = ParseExpression();
        ExpectOperator(":");
        return (key, ParseExpression());
    }

    private Expression ParsePostfix(Expression value)
    {
        while (Current.Kind == TokenKind.Operator)
        {
            switch (Current.Text)
            {
                case ".":
                    value = ParseAttribute(Take().Position, value);
                    break;
                case "[":
                    value = ParseSubscript(Take().Position, value);
                    break;
                case "(":
                    value = new CallExpression(Current.Position, value, ParseArguments());
                    break;
                default:
                    return value;
            }
        }

        return value;
    }

    private Expression ParseAttribute(Position position, Expression target)
    {
        Token name = Take();
        return name switch
        {
            { Kind: TokenKind.Name } => new AttributeExpression(position, target, name.Text),
            { Kind: TokenKind.Number, Value: long } => new SubscriptExpression(position, target, new LiteralExpression(name.Position, name.Value)),
            _ => throw name.Position.Error($"expected a name or an index, found {name.Described}"),
        };
    }

    private Expression ParseSubscript(Position position, Expression target)
    {
        Enter();
        Expression? start = Current.IsOperator(":") ? null : ParseExpression();
        Expression result;
        if (TakeOperator(":"))
        {
            Expression? stop = Current.IsOperator(":") || Current.IsOperator("]") ? null : ParseExpression();
            Expression? step = TakeOperator(":") && !Current.IsOperator("]") ? ParseExpression() : null;
            result = new SliceExpression(position, target, start, stop, step);
        }
        else
        {
            result = new SubscriptExpression(position, target, start!);
        }

        ExpectOperator("]");
        _nesting--;
        return result;
    }

    private ArgumentList ParseArguments()
    {
        Enter();
        ExpectOperator("(");
        var positional = new List<Expression>();
        var named = new List<(string, Expression)>();
        while (!TakeOperator(")"))
        {
            if (positional.Count + named.Count > 0)
            {
                ExpectOperator(",");
                if (TakeOperator(")"))
                    break;
            }

            if (Current.IsOperator("*"))
            {
                positional.Add(new UnpackExpression(Take().Position, ParseExpression()));
            }
            else if (TakeOperator("**"))
            {
                named.Add((ArgumentList.UnpackedName, ParseExpression()));
            }
            else if (Current.Kind == TokenKind.Name && Peek(1).IsOperator("="))
            {
                Token name = Take();
                _next++;
                named.Add((name.Text, ParseExpression()));
            }
            else if (named.Count > 0)
            {
                throw Current.Position.Error("a positional argument follows a named one");
            }
            else
            {
                positional.Add(ParseExpression());
            }
        }

        _nesting--;
        return new ArgumentList(positional, named);
    }

    private Expression ParseFiltersAndTests(Expression value)
    {
        while (true)
        {
            if (Current.IsOperator("|"))
                value = ParseFilters(value)!;
            else if (Current.IsName("is"))
                value = ParseTest(Take().Position, value);
            else if (Current.IsOperator("("))
                value = new CallExpression(Current.Position, value, ParseArguments());
            else
                return value;
        }
    }

    private Expression? ParseFilters(Expression? value, bool startsInline = false)
    {
        while (startsInline || TakeOperator("|"))
        {
            startsInline = false;
            Position position = Current.Position;
            string name = TakeDottedName("a filter");
            if (!_known.HasFilter(name))
                throw position.Error($"the filter '{name}' is not supported");
            value = new FilterExpression(position, value, name, Current.IsOperator("(") ? ParseArguments() : ArgumentList.None);
        }

        return value;
    }

    private Expression ParseTest(Position position, Expression target)
    {
        bool negated = TakeName("not");
        Position namePosition = Current.Position;
        string name = TakeDottedName("a test");
        if (!_known.HasTest(name))
            throw namePosition.Error($"the test '{name}' is not supported");
        Expression test = new TestExpression(position, target, name, ParseTestArguments());
        return negated ? new NotExpression(position, test) : test;
    }

    /// <summary>A test takes arguments in parentheses, or one bare operand: <c>x is divisibleby 3</c>.</summary>
    private ArgumentList ParseTestArguments()
    {
        if (Current.IsOperator("("))
            return ParseArguments();
        bool bare = Current.Kind is TokenKind.Name or TokenKind.Text or TokenKind.Number || Current.IsOperator("[") || Current.IsOperator("{");
        if (!bare || Current.IsName("else") || Current.IsName("or") || Current.IsName("and"))
            return ArgumentList.None;
        if (Current.IsName("is"))
            throw Current.Position.Error("several tests cannot be chained with 'is'");
        if (Current.IsName("if") || Current.IsName("not") || Current.IsName("in") || Current.IsName("recursive"))
            return ArgumentList.None;
        return new ArgumentList([ParsePostfix(ParsePrimary())], []);
    }

    private string TakeDottedName(string what)
    {
        Token token = Take();
        if (token.Kind != TokenKind.Name)
            throw token.Position.Error($"expected {what}'s name, found {token.Described}");
        string name = token.Text;
        while (TakeOperator("."))
        {
            Token part = Take();
            name = part.Kind == TokenKind.Name ? $"{name}.{part.Text}" : throw part.Position.Error($"expected a name, found {part.Described}");
        }

        return name;
    }
}
