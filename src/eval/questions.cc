#include "eval/questions.h"

#include <algorithm>
#include <numeric>
#include <unordered_set>

#include <fmt/format.h>

#include "base/rng.h"
#include "base/strings.h"
#include "data/reading.h"
#include "data/source.h"
#include "eval/runner.h"

namespace lingshu {
namespace {

bool IsAsked(const Benchmark& benchmark, const Sample& sample) {
  return (benchmark.kinds.empty() || std::find(benchmark.kinds.begin(), benchmark.kinds.end(), sample.kind) != benchmark.kinds.end()) &&
         (benchmark.language.empty() || benchmark.language == sample.language);
}

}  // namespace

void ShuffleOptions(Sample& sample, uint64_t seed) {
  const size_t n = sample.options.size();
  if (n < 2 || sample.answer_type != AnswerType::kMultipleChoice) return;
  std::vector<size_t> order(n);  // place -> the option that stands there now
  std::iota(order.begin(), order.end(), size_t{0});
  Rng rng(MixSeed({SeedOf("option_order"), SeedOf(sample.id), seed}));
  rng.Shuffle(order);
  std::vector<std::string> options;
  std::string answer, letters;
  for (size_t place = 0; place < n; ++place) {
    const std::string old_letter = OptionLetter(static_cast<int64_t>(order[place]));
    options.push_back(std::move(sample.options[order[place]]));
    letters += old_letter;
    if (sample.answer.find(old_letter) != std::string::npos) answer += OptionLetter(static_cast<int64_t>(place));
  }
  sample.options = std::move(options);
  sample.answer = answer;
  sample.meta["option_order"] = letters;
}

Questions ReadQuestions(const Benchmark& benchmark, const std::string& split, const EvalOptions& options, int64_t limit) {
  const Source& source = Registry<Source>::Get().Find(benchmark.source, "source");
  Questions questions;
  std::unordered_set<std::string> ids;  // a row whose id was read before is broken: its verdict could not be told from the other's
  // A limit is spread by the source over all rows; where one language is asked, it is spread here instead.
  const bool is_filtered = !benchmark.language.empty();
  source.read({.root = options.data_root, .split = split, .limit = is_filtered ? 0 : limit, .seed = options.seed},
              [&](Sample sample) {
                if (!IsAsked(benchmark, sample)) return true;
                if (!ids.insert(sample.id).second) {
                  ++questions.num_skipped;
                  ++questions.skip_reasons["a row of an id that was read before"];
                  return true;
                }
                if (options.shuffle_options) ShuffleOptions(sample, options.seed);
                if (options.no_images) sample.images.clear();
                questions.samples.push_back(std::move(sample));
                return true;
              },
              [&](const std::string& id, const std::string& reason) {
                ++questions.num_skipped;
                const bool has_id = reason.starts_with(id);
                ++questions.skip_reasons[std::string(TrimAscii(has_id ? reason.substr(std::min(reason.size(), id.size() + 1)) : reason)).substr(0, 120)];
              });
  if (is_filtered && limit > 0 && limit < static_cast<int64_t>(questions.samples.size())) {
    std::vector<Sample> chosen;
    for (const int64_t i : SpreadIndices(static_cast<int64_t>(questions.samples.size()), limit)) chosen.push_back(std::move(questions.samples[static_cast<size_t>(i)]));
    questions.samples = std::move(chosen);
  }
  return questions;
}

std::string WhyAbsent(const Benchmark& benchmark, const EvalOptions& options) {
  const Source& source = Registry<Source>::Get().Find(benchmark.source, "source");
  bool has_rows = false;  // a question, or a broken row: that the set is broken is not for here to say
  try {
    source.read({.root = options.data_root, .split = benchmark.split, .seed = options.seed}, [&](const Sample& sample) { return !(has_rows |= IsAsked(benchmark, sample)); },
                [&](const std::string&, const std::string&) { has_rows = true; });
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
    return error.message();
  }
  return has_rows ? "" : fmt::format("the {} split of {} has none of its questions.", benchmark.split, benchmark.source);
}

}  // namespace lingshu
