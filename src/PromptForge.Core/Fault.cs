namespace PromptForge.Core;
