using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Identity;

/// <summary>The key ring at rest: sealed under a key derived from the server's secret, so that a copy of the database opens no session.</summary>
internal sealed class DataProtectionEncryption : IXmlEncryptor, IXmlDecryptor
{
    private readonly Sealing _sealing;

    public DataProtectionEncryption(ServerSecrets secrets) => _sealing = new(secrets.Key("data-protection"));

    /// <summary>How the framework makes the decryptor that a stored key names.</summary>
    public DataProtectionEncryption(IServiceProvider services) : this(services.GetRequiredService<ServerSecrets>())
    {
    }

    public EncryptedXmlInfo Encrypt(XElement plaintextElement) => new(
        new XElement("sealed", Convert.ToBase64String(_sealing.Seal(Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting))))), typeof(DataProtectionEncryption));

    public XElement Decrypt(XElement encryptedElement) => XElement.Parse(Encoding.UTF8.GetString(_sealing.Open(Convert.FromBase64String(encryptedElement.Value))));
}
