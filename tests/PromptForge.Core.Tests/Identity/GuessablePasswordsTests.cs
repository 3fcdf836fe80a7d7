using PromptForge.Core.Identity;

namespace PromptForge.Core.Tests.Identity;

public sealed class GuessablePasswordsTests
{
    [Theory]
    [InlineData("password123")]
    [InlineData("Password2024!")]
    [InlineData("P@ssw0rd1234")]
    [InlineData("qwertyuiop")]
    [InlineData("poiuytrewq")]
    [InlineData("1234567890")]
    [InlineData("9876543210")]
    [InlineData("1q2w3e4r5t6y")]
    [InlineData("abcdefghijkl")]
    [InlineData("iloveyou1234")]
    [InlineData("ILoveYouForever")]
    [InlineData("sunshine-monkey")]
    [InlineData("Summer2026!!")]
    [InlineData("welcome to romania")]
    [InlineData("PromptForge1!")]
    [InlineData("abababababab")]
    [InlineData("mississippi")]
    [InlineData("jane.doe.2026", "jane.doe")]
    public void What_lists_are_full_of_is_guessable(string password, string own = "") => Assert.True(GuessablePasswords.Is(password, own));

    [Theory]
    [InlineData("correct horse battery")]
    [InlineData("another good phrase")]
    [InlineData("the password of somebody else")]
    [InlineData("xK4$mmQ9zT")]
    [InlineData("ploaie peste câmpia verde")]
    [InlineData("jane.doe grows tulips", "jane.doe")]
    [InlineData("1234567890 and a walnut shelf")]
    public void What_is_more_than_that_is_not(string password, string own = "") => Assert.False(GuessablePasswords.Is(password, own));
}
