#include "eval/runner.h"

#include <chrono>
#include <optional>
#include <unordered_map>

#include <fmt/format.h>

#include "base/progress.h"
#include "base/threads.h"
#include "data/source.h"
#include "eval/baseline.h"
#include "eval/journal.h"

namespace lingshu {
namespace {

struct ReadSplit {
  std::vector<Sample> samples;
  int64_t num_skipped = 0;
};

ReadSplit ReadSamples(const Benchmark& benchmark, const std::string& split, const EvalOptions& options, int64_t limit) {
  const Source& source = Registry<Source>::Get().Find(benchmark.source, "source");
  ReadSplit read;
  source.read({.root = options.data_root, .split = split, .limit = limit, .seed = options.seed},
              [&](Sample sample) {
                const bool is_asked = benchmark.kinds.empty() || std::find(benchmark.kinds.begin(), benchmark.kinds.end(), sample.kind) != benchmark.kinds.end();
                if (is_asked) read.samples.push_back(std::move(sample));
                return true;
              },
              [&](const std::string&, const std::string&) { ++read.num_skipped; });
  return read;
}

MajorityBaseline MajorityOfTrain(const Benchmark& benchmark, const EvalOptions& options, std::string* note) {
  if (benchmark.train_split.empty()) {
    *note = "No majority baseline: the benchmark has no train split.";
    return {};
  }
  const ReadSplit train = ReadSamples(benchmark, benchmark.train_split, options, /*limit=*/0);
  const MajorityBaseline baseline = CountMajority(train.samples);
  *note = fmt::format("Majority baseline: the most frequent answer of the {} split, by form of answer ({}).", benchmark.train_split, baseline.Describe());
  return baseline;
}

// A request, or why there is none.
struct Prepared {
  Request request;
  std::string key, error;
};

Prepared Prepare(const Sample& sample, const EvalOptions& options, const std::string& model) {
  Prepared prepared;
  try {
    std::vector<ImagePtr> images;
    for (const ImageRef& ref : sample.images) images.push_back(LoadImage(ref, options.blob_folder));
    prepared.request = MakeRequest(sample, images, options.prompt,
                                   {.max_new_tokens = options.max_new_tokens, .temperature = options.temperature, .seed = options.seed});
    prepared.request.id = sample.id;
    prepared.key = JournalKey(model, prepared.request);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kInterrupted || error.code() == ErrorCode::kInternal) throw;
    prepared.error = error.message();
  }
  return prepared;
}

// Asks what the journal lacks of samples [begin, begin + n) and fills `answers`.
class ChunkAsker {
 public:
  ChunkAsker(const EvalOptions& options, Answerer& answerer, Journal& journal) : options_(options), answerer_(answerer), journal_(journal) {}

  std::vector<Answer> Ask(const std::vector<Sample>& samples, size_t begin, size_t n) {
    std::vector<Prepared> prepared(n);
    const std::string model = answerer_.Name();
    ParallelFor(static_cast<int64_t>(n), [&](int64_t i) { prepared[i] = Prepare(samples[begin + i], options_, model); });
    std::vector<Answer> answers(n);
    std::vector<Request> requests;
    std::unordered_map<std::string, size_t> places;
    for (size_t i = 0; i < n; ++i) {
      answers[i] = {.id = samples[begin + i].id, .finish_reason = FinishReason::kError, .error = prepared[i].error};
      if (!prepared[i].error.empty()) continue;
      if (const Answer* known = journal_.Find(prepared[i].key)) {
        answers[i] = *known;
        continue;
      }
      answers[i].error = "no answer was given";
      CHECK(places.emplace(samples[begin + i].id, i).second) << "two samples are called " << samples[begin + i].id;
      requests.push_back(std::move(prepared[i].request));
    }
    if (!requests.empty())
      answerer_.Ask(requests, [&](Answer answer) {
        const auto it = places.find(answer.id);
        CHECK(it != places.end()) << "an answer to the unknown request " << answer.id;
        journal_.Add(prepared[it->second].key, answer);
        answers[it->second] = std::move(answer);
      });
    return answers;
  }

 private:
  const EvalOptions& options_;
  Answerer& answerer_;
  Journal& journal_;
};

}  // namespace

Verdict JudgeAnswer(const Benchmark& benchmark, const Sample& sample, const Answer& answer) {
  Verdict verdict{.id = sample.id, .group = sample.group, .modality = sample.modality, .question = sample.question, .options = sample.options, .gold = sample.answer,
                  .response = answer.text, .cells = CellsOf(benchmark, sample)};
  for (const ImageRef& image : sample.images) verdict.images.push_back(image.path);
  if (answer.finish_reason == FinishReason::kError) {
    verdict.error = answer.error;
    verdict.score = {.state = ScoreState::kGenerationError, .rule = "no_response"};
  } else {
    verdict.score = ScoreStrict(sample, answer.text);
  }
  if (sample.answer_type == AnswerType::kOpen) verdict.token_f1 = TokenF1(sample.answer, verdict.score.prediction);
  return verdict;
}

EvalReport RunBenchmark(const Benchmark& benchmark, const EvalOptions& options, Answerer& answerer) {
  const auto start = std::chrono::steady_clock::now();
  EvalReport report{.benchmark = benchmark.name, .help = benchmark.help, .paper = benchmark.paper, .note = benchmark.note, .model = answerer.Name(),
                    .published_count = benchmark.published_count, .seed = options.seed, .config = ToJson(options)};
  const ReadSplit test = ReadSamples(benchmark, benchmark.split, options, options.limit);
  if (test.samples.empty())
    throw Error(ErrorCode::kNotFound, fmt::format("{}: the {} split of {} has no questions ({} broken rows).", benchmark.name, benchmark.split, benchmark.source,
                                                  test.num_skipped));
  report.num_skipped = test.num_skipped;
  const MajorityBaseline baseline = MajorityOfTrain(benchmark, options, &report.baseline_note);
  Journal journal(options.journal);
  ChunkAsker asker(options, answerer, journal);
  Progress progress(fmt::format("eval {}", benchmark.name), static_cast<int64_t>(test.samples.size()));
  const size_t chunk_size = static_cast<size_t>(options.chunk_size);
  for (size_t begin = 0; begin < test.samples.size(); begin += chunk_size) {
    CheckInterrupt("evaluating");
    const size_t n = std::min(chunk_size, test.samples.size() - begin);
    const std::vector<Answer> answers = asker.Ask(test.samples, begin, n);
    for (size_t i = 0; i < n; ++i) {
      report.verdicts.push_back(JudgeAnswer(benchmark, test.samples[begin + i], answers[i]));
      report.verdicts.back().baseline = baseline.ValueFor(test.samples[begin + i]);
    }
    progress.Update(static_cast<int64_t>(begin + n));
  }
  progress.Done();
  Summarize(report, options.resamples);
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace lingshu
