// The words for a model's facts.
import { expect, it } from 'vitest';
import { fakeModels } from '../backend/fake_models';
import { bytesText, fileText, contextText, modelDetails, modelLine, parametersText } from './describe';

it.each([
  [bytesText(512), '512 bytes'],
  [bytesText(1_048_576), '1.0 MB'],
  [bytesText(120 * 2 ** 30), '120 GB'],
  [fileText(10_426_880), '10.4 MB'],
  [parametersText(260_032), '260K'],
  [parametersText(135e6), '135M'],
  [parametersText(8.19e9), '8.2B'],
  [contextText(512), '512 context'],
  [contextText(131072), '128K context'],
  [modelLine(fakeModels[0]!), 'Llama · 4-bit · 1.7 GB'],
  [modelLine(fakeModels[2]!), 'Llama · 1.0 MB'],
  [modelDetails(fakeModels[1]!), 'Qwen 3 · 8.2B · 5-bit · 5.2 GB · 40K context · in LM Studio'],
])('%s', (got, expected) => {
  expect(got).toBe(expected);
});
