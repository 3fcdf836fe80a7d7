using PromptForge.Core.Catalog;

namespace PromptForge.Core.Tests.Catalog;

public sealed class CatalogReaderTests
{
    [Fact]
    public async Task The_repositorys_catalogue_is_whole()
    {
        var catalog = await TestCatalog.Get();
        Assert.Equal(50, catalog.Modules.Length);
        Assert.Equal(25, catalog.Domains.Length);
        Assert.Equal(["pilot", "pro", "enterprise"], catalog.Plans.Select(p => p.Code));
        Assert.Same(catalog.FindDomain("E-Commerce"), catalog.FindDomain("ecommerce"));
    }

    [Theory]
    [InlineData("modules/M07.yaml", "score_min: 80", "score_min: 79", "modules/M07.yaml:", "less than 80")]
    [InlineData("modules/M07.yaml", "vectors: [2, 7]", "vectors: [2, 2]", "modules/M07.yaml:6", "twice")]
    [InlineData("modules/M07.yaml", "vectors: [2, 7]", "vectors: [2, 8]", "modules/M07.yaml:6", "greater than 7")]
    [InlineData("modules/M07.yaml", "version: 1.1.0", "version: 01.1.0", "modules/M07.yaml:3", "form")]
    [InlineData("modules/M07.yaml", "dependencies: [M26, M28]", "dependencies: [M26, M07]", "modules/M07.yaml:", "not another module")]
    [InlineData("modules/M07.yaml", "role: risk and offer architect", "rolle: x", "modules/M07.yaml", "rolle")]
    [InlineData("modules/M07.yaml", "id: M07", "id: M07\nid: M08", "modules/M07.yaml:3", "stands twice")]
    [InlineData("modules/M07.yaml", "id: M07", "id: M08", "modules/M07.yaml:2", "must be the same")]
    [InlineData("modules/M07.yaml", "{{ artifact }} for", "{{ price }} for", "modules/M07.yaml:", "exactly once")]
    [InlineData("modules/M07.yaml", "role: risk and offer architect", "role: &a risk\n", "modules/M07.yaml:", "anchors")]
    [InlineData("modules/M07.yaml", "role: risk and offer architect", "role: [", "modules/M07.yaml:", "not valid YAML")]
    [InlineData("modules/M07.yaml", "dropoff_delta_pct: change in buyers", "dropoff: change in buyers", "modules/M07.yaml:", "in which unit")]
    [InlineData("modules/M07.yaml", "dropoff_delta_pct: variația", "dropoff: variația", "modules/M07.yaml:", "in which unit")]
    [InlineData("modules/M07.yaml", "at_most: [dropoff_delta_pct]", "at_most: [loss]", "modules/M07.yaml:", "no target loss")]
    [InlineData("modules/M05.yaml", "  at_most: [leak_count_max]\n", "", "modules/M05.yaml:", "name it under")]
    [InlineData("modules/M07.yaml", "change in buyers", "relevant change in buyers", "modules/M07.yaml:", "says nothing that can be checked")]
    [InlineData("modules/M07.yaml", "o instanță le-ar citi", "o instanţă le-ar citi", "modules/M07.yaml:", "comma below")]
    [InlineData("domains/fintech.yaml", "un client își vede expuși banii", "the client loses money", "domains/fintech.yaml:", "is English")]
    [InlineData("standard/ro.yaml", "Doar imperative.", "Each action has an owner.", "standard/ro.yaml:", "is English")]
    [InlineData("domains/fintech.yaml", "risk_level: high", "risk_level: extreme", "domains/fintech.yaml:", "low, medium, high")]
    [InlineData("standard/en.yaml", "role: You are the {{ role }} of {{ client }}.", "role: You are {{ secret }}.", "standard/en.yaml:", "{{ secret }} is not known")]
    [InlineData("standard/en.yaml", "role: You are the {{ role }} of {{ client }}.", "role: '{% include x %}'", "standard/en.yaml:", "no tags")]
    [InlineData("ruleset.yml", "gate: 80", "gate: 70", "ruleset.yml:", "less than 80")]
    [InlineData("models.yaml", "version: 1.0.0\n", "", "models.yaml", "\"version\" is missing")]
    [InlineData("plans.yaml", "canUseAllModules: true", "canUseAllModules: 1", "plans.yaml:", "canUseAllModules")]
    public async Task A_bad_file_is_refused_with_file_line_and_reason(string path, string old, string @new, string place, string reason)
    {
        var faults = (await Read(path, text => Replace(text, old, @new))).Faults;
        Assert.Contains(faults, f => f.Where.StartsWith(place, StringComparison.Ordinal) && f.Message.Contains(reason, StringComparison.Ordinal));
        Assert.All(faults, f => Assert.Equal("CATALOG_INVALID", f.Code));
    }

    [Theory]
    [InlineData("a: &x [1, 1]\nb: [*x, *x]")]
    [InlineData("a: !!python/object:os.system x")]
    [InlineData("")]
    [InlineData("- just\n- a list")]
    [InlineData("a: 1\n---\nb: 2")]
    [InlineData("a: \"never closed")]
    public async Task Truncated_and_hostile_yaml_is_refused(string text) =>
        Assert.Contains((await Read("modules/M07.yaml", _ => text)).Faults, f => f.Where.StartsWith("modules/M07.yaml", StringComparison.Ordinal));

    [Fact]
    public async Task Deep_nesting_and_large_files_are_refused()
    {
        Assert.Contains((await Read("modules/M07.yaml", _ => "a: " + new string('[', 5000))).Faults, f => f.Message.Contains("nested", StringComparison.Ordinal));
        Assert.Contains((await Read("modules/M07.yaml", _ => "a: " + new string('x', 2_000_000))).Faults, f => f.Message.Contains("characters", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Line_ends_do_not_change_a_hash()
    {
        var windows = (await Read("modules/M07.yaml", text => text.Replace("\n", "\r\n", StringComparison.Ordinal))).Value;
        Assert.Equal((await TestCatalog.Get()).FindModule("M07")!.ContentHash, windows.FindModule("M07")!.ContentHash);
    }

    private static string Replace(string text, string old, string @new)
    {
        Assert.Contains(old, text, StringComparison.Ordinal);
        var at = text.IndexOf(old, StringComparison.Ordinal);
        return text[..at] + @new + text[(at + old.Length)..];
    }

    private static Task<Outcome<ProductCatalog>> Read(string path, Func<string, string> change) =>
        CatalogReader.ReadAsync([.. TestCatalog.Files.Select(f => f.Path == path ? f with { Text = change(f.Text) } : f)], TestContext.Current.CancellationToken);
}
