namespace PromptForge.Core.Identity;

/// <summary>
/// Passwords that are long and still among the first that are guessed: made of the words, rows of keys, years and repetitions that lists of leaked passwords are full of. What
/// is left when those are taken away has to be something.
/// </summary>
public static class GuessablePasswords
{
    /// <summary>So many different characters that are none of it.</summary>
    private const int Least = 5;

    /// <summary>From this length on a row of keys is one.</summary>
    private const int Row = 4;

    private static readonly string[] Rows =
    [
        "01234567890", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm", "abcdefghijklmnopqrstuvwxyz", "1q2w3e4r5t6y7u8i9o0p", "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "qazwsxedcrfvtgbyhnujm",
    ];

    private static readonly string[] Words =
    [
        "password", "passwort", "passw", "parola", "contrasena", "motdepasse", "letmein", "welcome", "iloveyou", "trustno", "qwerty", "dragon", "monkey", "sunshine", "princess", "football", "baseball", "basketball",
        "superman", "batman", "starwars", "pokemon", "master", "shadow", "michael", "jordan", "jennifer", "jessica", "ashley", "daniel", "charlie", "andrew", "thomas", "robert", "matthew", "anthony", "justin",
        "hunter", "killer", "pepper", "ginger", "cookie", "summer", "winter", "spring", "autumn", "january", "february", "march", "april", "june", "july", "august", "september", "october", "november", "december",
        "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "computer", "internet", "google", "facebook", "microsoft", "windows", "samsung", "iphone", "whatever", "freedom", "liverpool",
        "chelsea", "arsenal", "barcelona", "realmadrid", "steaua", "dinamo", "romania", "bucuresti", "london", "berlin", "america", "hello", "secret", "admin", "administrator", "root", "user", "guest", "login", "test", "default",
        "changeme", "change", "access", "system", "server", "database", "company", "office", "business", "money", "forever", "family", "lovely", "love", "angel", "flower", "butterfly", "chocolate", "purple", "orange",
        "yellow", "black", "silver", "golden", "diamond", "mustang", "ferrari", "harley", "yamaha", "corvette", "mercedes", "porsche", "blink", "metallica", "nirvana", "matrix", "phoenix", "tigger", "buster", "bailey",
        "maggie", "george", "martin", "maria", "andreea", "alexandra", "ionut", "mihai", "cristina", "gabriel", "elena", "promptforge", "prompt", "forge", "the", "my", "is", "and",
    ];

    private static readonly string[] BothWays = [.. Rows, .. Rows.Select(row => new string([.. row.Reverse()]))];

    /// <param name="own">What the person is known by, such as the name in the address.</param>
    public static bool Is(string password, string own = "")
    {
        var text = password.ToLowerInvariant();
        return Left(text, own.ToLowerInvariant()) < Least || Left(Spelled(text), own.ToLowerInvariant()) < Least;
    }

    /// <summary>How many different characters are left.</summary>
    private static int Left(string text, string own)
    {
        if (own.Length >= Row)
        {
            text = text.Replace(own, " ", StringComparison.Ordinal);
        }

        var left = new HashSet<char>();
        for (var i = 0; i < text.Length;)
        {
            var taken = Math.Max(Math.Max(RowAt(text, i), WordAt(text, i)), YearAt(text, i));
            if (taken == 0 && char.IsLetterOrDigit(text[i]))
            {
                left.Add(text[i]);
            }

            i += Math.Max(1, taken);
        }

        return left.Count;
    }

    private static int RowAt(string text, int at)
    {
        var longest = 0;
        foreach (var row in BothWays)
        {
            for (var start = row.IndexOf(text[at], StringComparison.Ordinal); start >= 0; start = row.IndexOf(text[at], start + 1))
            {
                longest = Math.Max(longest, text.AsSpan(at).CommonPrefixLength(row.AsSpan(start)));
            }
        }

        return longest >= Row ? longest : 0;
    }

    private static int WordAt(string text, int at) => Words.Where(word => text.AsSpan(at).StartsWith(word, StringComparison.Ordinal)).Select(word => word.Length).DefaultIfEmpty().Max();

    private static int YearAt(string text, int at) =>
        text.Length >= at + 4 && text.AsSpan(at, 2) is ("19" or "20") && char.IsAsciiDigit(text[at + 2]) && char.IsAsciiDigit(text[at + 3]) ? 4 : 0;

    /// <summary>As it reads when digits and signs stand for letters.</summary>
    private static string Spelled(string text) => string.Create(text.Length, text, (span, from) =>
    {
        for (var i = 0; i < span.Length; i++)
        {
            span[i] = from[i] switch { '@' or '4' => 'a', '3' => 'e', '1' or '!' => 'i', '0' => 'o', '5' or '$' => 's', '7' => 't', var other => other };
        }
    });
}
