using LbrCore.Evaluation;

namespace LbrCore.Tuning;

/// <summary>How well a tree answers the problems of a task, and what it looks at for that.</summary>
/// <param name="Tree">The tree.</param>
/// <param name="Share">The share of right answers, with its 95% interval over problems.</param>
/// <param name="Gain">That share minus the share of plain decoding on the same problems, with the paired interval.</param>
/// <param name="Problems">Problems.</param>
/// <param name="RowsPerToken">Mean number of nodes grown for a committed token; of an adaptive tree less than K^L.</param>
public sealed record TreeAccuracy(TreeChoice Tree, Interval Share, Interval Gain, int Problems, double RowsPerToken);
