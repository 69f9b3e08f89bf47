using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace LbrCore.Compute.Generator.FrontEnd;

/// <summary>
/// Rewrites the operand numbers of a Ptx.Emit template from the order of the call to the order of the op: outputs first, then inputs. An operand passed by
/// reference is an output whose register is loaded with the old value by a mov before the text.
/// </summary>
internal static class PtxTemplate
{
    public static string Renumber(string template, IReadOnlyDictionary<int, string> map, int outputs, out string? mistake)
    {
        var text = new StringBuilder();
        var used = new HashSet<int>();
        mistake = null;
        for (int i = 0; i < template.Length; i++)
        {
            int j = i + 1;
            while (j < template.Length && char.IsDigit(template[j])) j++;
            if (template[i] != '%' || j == i + 1)
            {
                text.Append(template[i]);
                continue;
            }

            int operand = int.Parse(template.Substring(i + 1, j - i - 1), System.Globalization.CultureInfo.InvariantCulture);
            if (!map.TryGetValue(operand, out string? place))
            {
                mistake = $"The template names %{operand} but the call has {map.Count} operands; number them from %0 in the order of the call";
                return template;
            }

            used.Add(operand);
            int index = int.Parse(place.Substring(1).TrimEnd('r'), System.Globalization.CultureInfo.InvariantCulture);
            text.Append('%').Append(place[0] == 'o' ? index : outputs + index);
            i = j - 1;
        }

        if (!template.TrimEnd().EndsWith(";", System.StringComparison.Ordinal) && !template.TrimEnd().EndsWith("}", System.StringComparison.Ordinal)) mistake = "The template of Ptx.Emit must end with ';'";
        int missing = Enumerable.Range(0, map.Count).Where(k => !used.Contains(k)).DefaultIfEmpty(-1).First();
        if (mistake == null && missing >= 0) mistake = $"Operand %{missing} of Ptx.Emit is not used in the template";
        return text.ToString();
    }

    /// <summary>Prefixes one mov per reference operand: <c>mov %output, %input;</c> spelled <c>@tie o i;</c> for the printer.</summary>
    public static string Tie(string text, int outputs, IReadOnlyList<int> tiedInputs, IReadOnlyDictionary<int, string> map)
    {
        if (tiedInputs.Count == 0) return text;
        var tied = map.OrderBy(k => k.Key).Where(k => k.Value[0] == 'o' && k.Value[k.Value.Length - 1] == 'r').Select(k => int.Parse(k.Value.Substring(1).TrimEnd('r'), System.Globalization.CultureInfo.InvariantCulture)).ToList();
        var prefix = new StringBuilder();
        for (int i = 0; i < tied.Count; i++) prefix.Append("@tie ").Append(tied[i]).Append(' ').Append(outputs + tiedInputs[i]).Append('\n');
        return prefix.Append(text).ToString();
    }
}
