using System.Text.RegularExpressions;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Tests.Schema;

/// <summary>Each defect that was reproduced in the founding SQL is held by a test that names its id, or docs/database.md says why it cannot be.</summary>
public sealed partial class DefectTests
{
    private const string Reproduced = """
        D-7D-01 D-7D-04 D-7D-05
        D-ADD-01 D-ADD-02 D-ADD-03
        D-BUN-01
        D-CAT-01 D-CAT-02 D-CAT-03
        D-CON-01 D-CON-02 D-CON-03 D-CON-04
        D-DOM-02 D-DOM-03
        D-DOR-01 D-DOR-02 D-DOR-04
        D-ENT-01 D-ENT-02 D-ENT-03 D-ENT-04 D-ENT-06
        D-KEY-01 D-KEY-02 D-KEY-03 D-KEY-04 D-KEY-05 D-KEY-11
        D-RLS-01 D-RLS-02 D-RLS-03 D-RLS-04 D-RLS-05 D-RLS-07 D-RLS-08 D-RLS-09 D-RLS-10 D-RLS-11 D-RLS-13 D-RLS-14 D-RLS-15
        D-RS-01 D-RS-02 D-RS-03
        D-RUN-03 D-RUN-04 D-RUN-05
        D-SCO-01 D-SCO-02 D-SCO-03 D-SCO-04
        D-SEED-01
        D-SLUG-01
        D-SQL-01 D-SQL-02 D-SQL-03 D-SQL-04 D-SQL-05 D-SQL-06 D-SQL-07 D-SQL-08 D-SQL-09 D-SQL-10 D-SQL-11 D-SQL-13 D-SQL-14 D-SQL-15 D-SQL-16 D-SQL-17
        D-SUB-01
        """;

    [Fact]
    public async Task Every_reproduced_defect_is_named_by_a_test_or_by_a_reason()
    {
        var tested = new HashSet<string>();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*Tests.cs", SearchOption.AllDirectories))
        {
            tested.UnionWith(TestName().Matches(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).SelectMany(name => Ids(name.Groups[1].Value)));
        }

        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "database.md"), TestContext.Current.CancellationToken);
        var reasons = Reason().Matches(page).Select(row => row.Groups[1].Value).ToList();

        Assert.Empty(Reproduced.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Except(tested).Except(reasons));
        // A reason that a test has overtaken is no longer true.
        Assert.Empty(reasons.Intersect(tested));
    }

    [Theory]
    [InlineData("D_SQL_09_and_17_and_19_no_index", "D-SQL-09 D-SQL-17 D-SQL-19")]
    [InlineData("D_CAT_01_and_D_SQL_06_vectors", "D-CAT-01 D-SQL-06")]
    [InlineData("D_SCO_03_D_SCO_04_a_total_of_79_and_80", "D-SCO-03 D-SCO-04")]
    [InlineData("D_7D_05_and_06_the_signature", "D-7D-05 D-7D-06")]
    [InlineData("An_org_of_01_and_02", "")]
    public void A_test_s_name_says_which_defects_it_holds(string name, string ids) => Assert.Equal(ids, string.Join(' ', Ids(name)));

    private static IEnumerable<string> Ids(string name)
    {
        var family = "";
        foreach (var part in Leading().Match(name).Groups[1].Captures.SelectMany(run => Id().Matches(run.Value)))
        {
            family = part.Groups[1].Success ? part.Groups[1].Value : family;
            yield return $"D-{family}-{part.Groups[2].Value}";
        }
    }

    // The analyzers allow no public method in a test class that is not a test.
    [GeneratedRegex(@"public (?:async Task|Task|void) (D_\w+)\(")]
    private static partial Regex TestName();

    [GeneratedRegex("^((?:(?:_and_|_)?(?:D_[0-9A-Z]+_)?[0-9]{2}(?![0-9]))+)")]
    private static partial Regex Leading();

    [GeneratedRegex("(?:D_([0-9A-Z]+)_)?([0-9]{2})(?![0-9A-Z])")]
    private static partial Regex Id();

    [GeneratedRegex(@"^\| (D-[0-9A-Z]+-[0-9]{2}) \| [^|]{10,}\|", RegexOptions.Multiline)]
    private static partial Regex Reason();
}
