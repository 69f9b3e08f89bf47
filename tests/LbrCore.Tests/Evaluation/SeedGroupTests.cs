using LbrCore.Evaluation;

namespace LbrCore.Tests.Evaluation;

public class SeedGroupTests
{
    [Fact]
    public void Seeds_that_agree_leave_the_interval_as_wide_as_that_of_one()
    {
        int[] right = [.. Enumerable.Range(0, 400).Select(i => i % 10 < 4 ? 1 : 0)], nothing = new int[400];
        SeedGroup one = Group("one", 1, right), three = Group("three", 1, right, right, right), none = Group("none", 1, nothing, nothing, nothing);
        Interval of1 = one.Difference(Group("none", 1, nothing), ProblemFigure.Pass)!.Value, of3 = three.Difference(none, ProblemFigure.Pass)!.Value;
        Assert.Equal(0.4, of3.Estimate, 12);
        Assert.Equal(of1, of3);
        // As 1200 problems it would be narrower by the root of three.
        Assert.InRange(of3.High - of3.Low, 1.8 * 1.96 * Math.Sqrt(0.24 / 400), 2.2 * 1.96 * Math.Sqrt(0.24 / 400));
    }

    [Fact]
    public void Means_and_differences_are_those_of_each_problem_and_each_seed()
    {
        SeedGroup a = Group("a", 2, [2, 0, 1, 2], [1, 1, 0, 2]), b = Group("b", 2, [0, 0, 0, 2], [0, 0, 2, 2]);
        Assert.Equal([0.75, 0.25, 0.25, 1], a.OfEachProblem(ProblemFigure.Pass, 1)!, (one, other) => Math.Abs(one - other) < 1e-12);
        Assert.Equal([0.625, 0.5], a.OfEachSeed(ProblemFigure.Pass, 1)!, (one, other) => Math.Abs(one - other) < 1e-12);
        Assert.Equal([0.75, 0.75], a.OfEachSeed(ProblemFigure.Pass, 2)!, (one, other) => Math.Abs(one - other) < 1e-12);
        Assert.Equal([0.375, 0], a.DifferenceOfEachSeed(b, ProblemFigure.Pass, 1)!, (one, other) => Math.Abs(one - other) < 1e-12);
        Assert.Equal(0.1875, a.Difference(b, ProblemFigure.Pass, 1)!.Value.Estimate, 12);
        Assert.Null(a.OfEachProblem(ProblemFigure.Pass, 3));
        Assert.Null(a.OfEachSeed(ProblemFigure.Best));
        Assert.Null(a.Difference(b, ProblemFigure.Majority));
        Assert.Null(a.Difference(Group("d", 2, [1, 1]), ProblemFigure.Pass));
    }

    [Fact]
    public void Differences_are_of_the_seeds_that_both_have()
    {
        SeedGroup all = Group("all", 1, [1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]), first = Group("first", 1, [1, 1, 1, 0]);
        Assert.Equal(0.25, first.Difference(all, ProblemFigure.Pass)!.Value.Estimate, 12);
        Assert.Equal([0.25], first.DifferenceOfEachSeed(all, ProblemFigure.Pass)!);
        // Seeds of other numbers are other models: means of all are compared.
        var other = new SeedGroup("other");
        other.Add(9, first.Seeds[0]);
        Assert.Equal(0.5, other.Difference(all, ProblemFigure.Pass)!.Value.Estimate, 12);
        Assert.Null(other.DifferenceOfEachSeed(all, ProblemFigure.Pass));
    }

    private static SeedGroup Group(string name, int samples, params int[][] seeds)
    {
        var group = new SeedGroup(name);
        foreach ((int seed, int[] correct) in seeds.Index()) group.Add(seed, new WrittenMethod("m", correct, samples, null, null, 1, null));
        return group;
    }
}
