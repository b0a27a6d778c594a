// Results of others, typed in from the Lingshu paper (arXiv 2506.07044, Tables 6 to 8) and, where marked, read off the figure of its evaluation kit's
// repository. In percent; -1 where the table has none.
#include "eval/published.h"

#include <algorithm>
#include <array>

namespace lingshu {
namespace {

constexpr const char* kTable = "Lingshu paper (arXiv 2506.07044)";
constexpr const char* kFigure = "figure of MedEvalKit's repository";

template <size_t N>
struct Row {
  const char *model, *source;
  std::array<double, N> values;
};

// Table 6. The benchmarks are ours; MMMU's is the test split.
constexpr std::array<const char*, 7> kImageBenchmarks = {"mmmu_med_test", "vqa_rad", "slake", "path_vqa", "pmc_vqa", "omni_med_vqa", "med_xpert_qa_mm"};
constexpr Row<7> kImageRows[] = {
    {"GPT-5", kFigure, {83.6, 67.8, 78.1, 52.8, 60.0, 76.4, 71.0}},
    {"GPT-5-mini", kFigure, {80.5, 66.3, 76.1, 52.4, 57.6, 70.9, 60.1}},
    {"GPT-5-nano", kFigure, {74.1, 55.4, 69.3, 45.4, 51.3, 66.5, 45.1}},
    {"GPT-4.1", kTable, {75.2, 65.0, 72.2, 55.5, 55.2, 75.5, 45.2}},
    {"Claude Sonnet 4", kTable, {74.6, 67.6, 70.6, 54.2, 54.4, 65.5, 43.3}},
    {"Gemini-2.5-Flash", kTable, {76.9, 68.5, 75.8, 55.4, 55.4, 71.0, 52.8}},
    {"BiomedGPT", kTable, {24.9, 16.6, 13.6, 11.3, 27.6, 27.9, -1}},
    {"Med-R1-2B", kTable, {34.8, 39.0, 54.5, 15.3, 47.4, -1, 21.1}},
    {"MedVLM-R1-2B", kTable, {35.2, 48.6, 56.0, 32.5, 47.6, 77.7, 20.4}},
    {"MedGemma-4B-IT", kTable, {43.7, 72.5, 76.4, 48.8, 49.9, 69.8, 22.3}},
    {"LLaVA-Med-7B", kTable, {29.3, 53.7, 48.0, 38.8, 30.5, 44.3, 20.3}},
    {"HuatuoGPT-V-7B", kTable, {47.3, 67.0, 67.8, 48.0, 53.3, 74.2, 21.6}},
    {"BioMediX2-8B", kTable, {39.8, 49.2, 57.7, 37.0, 43.5, 63.3, 21.8}},
    {"Qwen2.5-VL-7B", kTable, {50.6, 64.5, 67.2, 44.1, 51.9, 63.6, 22.3}},
    {"InternVL2.5-8B", kTable, {53.5, 59.4, 69.0, 42.1, 51.3, 81.3, 21.7}},
    {"InternVL3-8B", kTable, {59.2, 65.4, 72.8, 48.6, 53.8, 79.1, 22.4}},
    {"Lingshu-7B", kTable, {54.0, 67.9, 83.1, 61.9, 56.3, 82.9, 26.7}},
    {"Lingshu-RL-7B", kTable, {54.7, 68.3, 82.5, 61.1, 57.0, 81.3, 26.7}},
    {"Lingshu-I-8B", kTable, {49.1, 73.0, 91.6, 74.9, 55.8, 79.7, 27.5}},
    {"HealthGPT-14B", kTable, {49.6, 65.0, 66.1, 56.7, 56.4, 75.2, 24.7}},
    {"HuatuoGPT-V-34B", kTable, {51.8, 61.4, 69.5, 44.4, 56.6, 74.0, 22.1}},
    {"MedGemma-27B-IT", kFigure, {56.2, 62.3, 74.9, 44.4, 49.5, 66.3, 33.9}},
    {"MedDr-40B", kTable, {49.3, 65.2, 66.4, 53.5, 13.9, 64.3, -1}},
    {"InternVL3-14B", kTable, {63.1, 66.3, 72.8, 48.0, 54.1, 78.9, 23.1}},
    {"Qwen2.5-VL-32B", kTable, {59.6, 71.8, 71.2, 41.9, 54.5, 68.2, 25.2}},
    {"InternVL2.5-38B", kTable, {61.6, 61.4, 70.3, 46.9, 57.2, 79.9, 24.4}},
    {"InternVL3-38B", kTable, {65.2, 65.4, 72.7, 51.0, 56.6, 79.8, 25.2}},
    {"Lingshu-32B", kTable, {62.3, 76.5, 89.2, 65.9, 57.9, 83.4, 30.9}},
};

// Table 7.
constexpr std::array<const char*, 7> kTextBenchmarks = {"mmlu_med", "pubmed_qa", "med_mcqa", "med_qa", "med_bullets", "med_xpert_qa_text", "super_gpqa_med"};
constexpr Row<7> kTextRows[] = {
    {"GPT-5", kFigure, {92.5, 76.8, 84.4, 95.5, 90.4, 56.2, 64.7}},
    {"GPT-5-mini", kFigure, {91.1, 75.4, 81.0, 94.6, 86.4, 45.0, 55.8}},
    {"GPT-5-nano", kFigure, {89.0, 73.2, 75.4, 92.3, 80.4, 33.6, 47.2}},
    {"GPT-4.1", kTable, {89.6, 75.6, 77.7, 89.1, 77.0, 30.9, 49.9}},
    {"Claude Sonnet 4", kTable, {91.3, 78.6, 79.3, 92.1, 80.2, 33.6, 56.3}},
    {"Gemini-2.5-Flash", kTable, {84.2, 73.8, 73.6, 91.2, 77.6, 35.6, 53.3}},
    {"Med-R1-2B", kTable, {51.5, 66.2, 39.1, 39.9, 33.6, 11.2, 17.9}},
    {"MedVLM-R1-2B", kTable, {51.8, 66.4, 39.7, 42.3, 33.8, 11.8, 19.1}},
    {"MedGemma-4B-IT", kTable, {66.7, 72.2, 52.2, 56.2, 45.6, 12.8, 21.6}},
    {"LLaVA-Med-7B", kTable, {50.6, 26.4, 39.4, 42.0, 34.4, 9.9, 16.1}},
    {"HuatuoGPT-V-7B", kTable, {69.3, 72.8, 51.2, 52.9, 40.9, 10.1, 21.9}},
    {"BioMediX2-8B", kTable, {68.6, 75.2, 52.9, 58.9, 45.9, 13.4, 25.2}},
    {"Qwen2.5-VL-7B", kTable, {73.4, 76.4, 52.6, 57.3, 42.1, 12.8, 26.3}},
    {"InternVL2.5-8B", kTable, {74.2, 76.4, 52.4, 53.7, 42.4, 11.6, 26.1}},
    {"InternVL3-8B", kTable, {77.5, 75.4, 57.7, 62.1, 48.5, 13.1, 31.2}},
    {"Lingshu-7B", kTable, {74.5, 76.6, 55.9, 63.3, 56.2, 16.5, 26.3}},
    {"HealthGPT-14B", kTable, {80.2, 68.0, 63.4, 66.2, 39.8, 11.3, 25.7}},
    {"HuatuoGPT-V-34B", kTable, {74.7, 72.2, 54.7, 58.8, 42.7, 11.4, 26.5}},
    {"MedGemma-27B-IT", kFigure, {83.9, 77.4, 67.7, 84.4, 69.8, 21.8, 36.7}},
    {"MedDr-40B", kTable, {65.2, 77.4, 38.4, 59.2, 44.3, 12.0, 24.0}},
    {"InternVL3-14B", kTable, {81.7, 77.2, 62.0, 70.1, 49.5, 14.1, 37.9}},
    {"Qwen2.5-VL-32B", kTable, {83.2, 68.4, 63.0, 71.6, 54.2, 15.6, 37.6}},
    {"InternVL2.5-38B", kTable, {84.6, 74.2, 65.9, 74.4, 55.0, 14.7, 39.9}},
    {"InternVL3-38B", kTable, {83.8, 73.2, 64.9, 73.5, 54.6, 16.0, 42.5}},
    {"Lingshu-32B", kTable, {84.7, 77.8, 66.1, 74.7, 65.4, 22.7, 41.1}},
};

// Table 8, times 100: ROUGE-L, CIDEr, RaTEScore, SembScore, 1 / RadCliQ-v1.
constexpr std::array<const char*, 3> kReportBenchmarks = {"mimic_cxr", "chexpert_plus", "iu_xray"};
constexpr std::array<const char*, 5> kReportMetrics = {"ROUGE-L", "CIDEr", "RaTEScore", "SembScore", "1/RadCliQ-v1"};
constexpr Row<15> kReportRows[] = {
    {"GPT-4.1", kTable, {9.0, 82.8, 51.3, 23.9, 57.1, 24.5, 78.8, 45.5, 23.2, 45.5, 30.2, 124.6, 51.3, 47.5, 80.3}},
    {"Claude Sonnet 4", kTable, {20.0, 56.6, 45.6, 19.7, 53.4, 22.0, 59.5, 43.5, 18.9, 43.3, 25.4, 88.3, 55.4, 41.0, 72.1}},
    {"Gemini-2.5-Flash", kTable, {25.4, 80.7, 50.3, 29.7, 59.4, 23.6, 72.2, 44.3, 27.4, 44.0, 33.5, 129.3, 55.6, 50.9, 91.6}},
    {"Med-R1-2B", kTable, {19.3, 35.4, 40.6, 14.8, 42.4, 18.6, 37.1, 38.5, 17.8, 37.6, 16.1, 38.3, 41.4, 12.5, 43.6}},
    {"MedVLM-R1-2B", kTable, {20.3, 40.1, 41.6, 14.2, 48.3, 20.9, 43.5, 38.9, 15.5, 40.9, 22.7, 61.1, 46.1, 22.7, 54.3}},
    {"MedGemma-4B-IT", kTable, {25.6, 81.0, 52.4, 29.2, 62.9, 27.1, 79.0, 47.2, 29.3, 46.6, 30.8, 103.6, 57.0, 46.8, 86.7}},
    {"LLaVA-Med-7B", kTable, {15.0, 43.4, 12.8, 18.3, 52.9, 18.4, 45.5, 38.8, 23.5, 44.0, 18.8, 68.2, 40.9, 16.0, 58.1}},
    {"HuatuoGPT-V-7B", kTable, {23.4, 69.5, 48.9, 20.0, 48.2, 21.3, 64.7, 44.2, 19.3, 39.4, 29.6, 104.3, 52.9, 40.7, 63.6}},
    {"BioMediX2-8B", kTable, {20.0, 52.8, 44.4, 17.7, 53.0, 18.1, 47.9, 40.8, 21.6, 43.3, 19.6, 58.8, 40.1, 11.6, 53.8}},
    {"Qwen2.5-VL-7B", kTable, {24.1, 63.7, 47.0, 18.4, 55.1, 22.2, 62.0, 41.0, 17.2, 43.1, 26.5, 78.1, 48.4, 36.3, 66.1}},
    {"InternVL2.5-8B", kTable, {23.2, 61.8, 47.0, 21.0, 56.2, 20.6, 58.5, 43.1, 19.7, 42.7, 24.8, 75.4, 51.1, 36.7, 67.0}},
    {"InternVL3-8B", kTable, {22.9, 66.2, 48.2, 21.5, 55.1, 20.9, 65.4, 44.3, 25.2, 43.7, 22.9, 76.2, 51.2, 31.3, 59.9}},
    {"Lingshu-7B", kTable, {30.8, 109.4, 52.1, 30.0, 69.2, 26.5, 79.0, 45.4, 26.8, 47.3, 41.2, 180.7, 57.6, 48.4, 108.1}},
    {"HealthGPT-14B", kTable, {21.4, 64.7, 48.4, 16.5, 52.7, 20.6, 66.2, 44.4, 22.7, 42.6, 22.9, 81.9, 50.8, 16.6, 56.9}},
    {"HuatuoGPT-V-34B", kTable, {23.5, 68.5, 48.5, 23.0, 47.1, 22.5, 62.8, 42.9, 22.1, 39.7, 28.2, 108.3, 54.4, 42.2, 59.3}},
    {"MedDr-40B", kTable, {15.7, 62.3, 45.2, 12.2, 47.0, 24.1, 66.1, 44.7, 24.2, 44.7, 19.4, 62.9, 40.3, 7.3, 48.9}},
    {"InternVL3-14B", kTable, {22.0, 63.7, 48.6, 17.4, 46.5, 20.4, 60.2, 44.1, 20.7, 39.4, 24.8, 93.7, 55.0, 38.7, 55.0}},
    {"Qwen2.5-VL-32B", kTable, {15.7, 50.2, 47.5, 17.1, 45.2, 15.2, 54.8, 43.4, 18.5, 40.3, 18.9, 73.3, 51.3, 38.1, 54.0}},
    {"InternVL2.5-38B", kTable, {22.7, 61.4, 47.5, 18.2, 54.9, 21.6, 60.6, 42.6, 20.3, 45.4, 28.9, 96.5, 53.5, 38.5, 69.7}},
    {"InternVL3-38B", kTable, {22.8, 64.6, 47.9, 18.1, 47.2, 20.5, 62.7, 43.8, 20.2, 39.4, 25.5, 90.7, 53.5, 33.1, 55.2}},
    {"Lingshu-32B", kTable, {28.8, 96.4, 50.8, 30.1, 67.1, 25.3, 75.9, 43.4, 24.2, 47.1, 42.8, 189.2, 63.5, 54.6, 130.4}},
};

template <size_t N, size_t M>
void Append(const std::array<const char*, N>& benchmarks, const Row<N> (&rows)[M], std::vector<PublishedResult>& results) {
  for (const Row<N>& row : rows)
    for (size_t i = 0; i < N; ++i)
      if (row.values[i] >= 0) results.push_back({row.model, benchmarks[i], "accuracy", row.source, row.values[i]});
}

std::vector<PublishedResult> AllResults() {
  std::vector<PublishedResult> results;
  Append(kImageBenchmarks, kImageRows, results);
  Append(kTextBenchmarks, kTextRows, results);
  for (const Row<15>& row : kReportRows)
    for (size_t i = 0; i < row.values.size(); ++i)
      if (row.values[i] >= 0) results.push_back({row.model, kReportBenchmarks[i / 5], kReportMetrics[i % 5], row.source, row.values[i]});
  return results;
}

}  // namespace

const std::vector<PublishedResult>& PublishedResults() {
  static const std::vector<PublishedResult> results = AllResults();
  return results;
}

std::vector<PublishedResult> PublishedFor(const std::string& benchmark) {
  std::vector<PublishedResult> found;
  for (const PublishedResult& result : PublishedResults())
    if (result.benchmark == benchmark && result.metric == std::string("accuracy")) found.push_back(result);
  std::stable_sort(found.begin(), found.end(), [](const PublishedResult& a, const PublishedResult& b) { return a.percent > b.percent; });
  return found;
}

}  // namespace lingshu
