namespace PromptForge.Core.Tenancy;

/// <summary>An e-mail address to write to. ASCII only: two addresses that look the same are then the same.</summary>
public static class Address
{
    private const int Max = 254;
    private const int MaxLocal = 64;
    private const string Special = "()<>[]:;@\\,\"";

    /// <returns>In lower case, as it is compared.</returns>
    public static Outcome<string> Parse(string text, string where)
    {
        var address = text.Trim();
        var at = address.LastIndexOf('@');
        return address.Length <= Max && at is > 0 and <= MaxLocal && IsLocal(address.AsSpan(0, at)) && IsHost(address.AsSpan(at + 1))
            ? address.ToLowerInvariant()
            : new Fault("EMAIL_INVALID", where, $"Give an e-mail address like name@example.com, of at most {Max} ASCII characters.");
    }

    private static bool IsLocal(ReadOnlySpan<char> local)
    {
        foreach (var c in local)
        {
            if (c is <= ' ' or > '~' || Special.Contains(c, StringComparison.Ordinal))
            {
                return false;
            }
        }

        return local[0] != '.' && local[^1] != '.';
    }

    private static bool IsHost(ReadOnlySpan<char> host)
    {
        foreach (var label in host.Split('.'))
        {
            var part = host[label];
            if (part.Length is 0 or > 63 || part[0] == '-' || part[^1] == '-')
            {
                return false;
            }

            foreach (var c in part)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c != '-')
                {
                    return false;
                }
            }
        }

        return host.Contains('.');
    }
}
