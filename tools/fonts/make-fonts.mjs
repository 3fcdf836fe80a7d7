// Cuts the full faces down to what prompts are written with: npm ci && npm run make
// Ligatures go (text taken out of a PDF must be the text that was put in), kerning and mark positions stay.
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import subsetFont from 'subset-font';

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, '../../src/PromptForge.Core/Bundling/Fonts');
const limit = 80_000;

const faces = {
  'Inter-Regular': 'inter/400Regular/Inter_400Regular',
  'Inter-SemiBold': 'inter/600SemiBold/Inter_600SemiBold',
  'Inter-Italic': 'inter/400Regular_Italic/Inter_400Regular_Italic',
  'Inter-SemiBoldItalic': 'inter/600SemiBold_Italic/Inter_600SemiBold_Italic',
  'JetBrainsMono-Regular': 'jetbrains-mono/400Regular/JetBrainsMono_400Regular',
  'JetBrainsMono-Bold': 'jetbrains-mono/700Bold/JetBrainsMono_700Bold',
};

const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i)).join('');
const text = [
  range(0x20, 0x7e), // Basic Latin
  range(0xa0, 0xff), // Latin-1
  range(0x100, 0x17f), // Latin Extended-A
  'ȘșȚț', // Romanian letters with a comma below
  range(0x2c6, 0x2dd), // spacing accents
  range(0x300, 0x304) + '\u0306\u0307\u0308\u030a\u030b\u030c\u0326\u0327\u0328', // combining marks
  range(0x2010, 0x2027) + range(0x2030, 0x203a), // dashes, quotes, bullets, per mille
  '⁄⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉', // fractions, indices
  '€₹₽№℗™', // currencies and signs
  'ΔΩΣΠαβγδεθλμπσφω', // Greek letters of formulas
  '∂∆∏∑−∕∙√∞∫≈≠≤≥◊±×÷', // mathematics
  range(0x2190, 0x2199) + '↔↕↗↘⇐⇒⇔', // arrows
  range(0x2500, 0x257f) + range(0x2580, 0x259f), // boxes and blocks
  '■□▪▫▲△▶▷▼▽◀◁◆◇○●◦★☆☐☑☒✓✔✕✖✗✘\ufffd', // shapes and checks
].join('');

await mkdir(target, { recursive: true });
for (const [name, source] of Object.entries(faces)) {
  const full = await readFile(join(here, 'node_modules/@expo-google-fonts', `${source}.ttf`));
  const face = await subsetFont(full, text, { targetFormat: 'sfnt', keepFeatures: ['kern', 'mark', 'mkmk', 'ccmp'], noLayoutClosure: true, noHinting: true });
  if (face.length > limit) throw new Error(`${name} has ${face.length} bytes; at most ${limit} are wanted`);
  await writeFile(join(target, `${name}.ttf`), face);
  console.log(`${name}.ttf  ${full.length} -> ${face.length}`);
}

await copyFile(join(here, 'node_modules/@expo-google-fonts/inter/LICENSE_FONT'), join(target, 'Inter-OFL.txt'));
await copyFile(join(here, 'node_modules/@expo-google-fonts/jetbrains-mono/LICENSE_FONT'), join(target, 'JetBrainsMono-OFL.txt'));
