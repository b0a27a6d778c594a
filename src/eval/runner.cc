#include "eval/runner.h"

#include <algorithm>
#include <chrono>
#include <unordered_map>

#include <fmt/format.h>

#include "base/progress.h"
#include "base/rng.h"
#include "base/threads.h"
#include "data/source.h"
#include "data/training_manifest.h"
#include "eval/baseline.h"
#include "eval/journal.h"
#include "eval/questions.h"
#include "eval/reference_verdict.h"
#include "eval/repeats.h"
#include "eval/report_metrics.h"

namespace lingshu {
namespace {

MajorityBaseline MajorityOfTrain(const Benchmark& benchmark, const EvalOptions& options, std::string* note) {
  if (benchmark.train_split.empty()) {
    *note = "No majority baseline: the benchmark has no train split.";
    return {};
  }
  Questions train;
  try {
    train = ReadQuestions(benchmark, benchmark.train_split, options, /*limit=*/0);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound && error.code() != ErrorCode::kCorrupt) throw;
    *note = error.code() == ErrorCode::kNotFound ? fmt::format("No majority baseline: the {} split is not there.", benchmark.train_split)
                                                 : fmt::format("No majority baseline: the {} split cannot be read: {}", benchmark.train_split, error.message());
    return {};
  }
  const MajorityBaseline baseline = CountMajority(train.samples, benchmark.question_key);
  *note = fmt::format("Majority baseline: the most frequent answer of the {} split, by {} ({}).", benchmark.train_split,
                      benchmark.question_key.empty() ? "form of answer" : "kind of question and form of answer", baseline.Describe());
  return baseline;
}

Json MarkSeen(std::vector<Sample>& samples, const EvalOptions& options) {
  const TrainingManifest manifest = ReadTrainingManifest(options.training_manifest);
  const SeenImages seen = MarkSeenImages(samples, manifest, options.blob_folder);
  return {{"samples that it learned from", manifest.num_samples()}, {"pictures that it learned from", manifest.images.size()}, {"pictures of this set", seen.num_images},
          {"of them seen in training", seen.num_seen}, {"unreadable", seen.num_unreadable}};
}

// A request, or why there is none.
struct Prepared {
  Request request;
  std::string key, error;
};

// The conversation of a sample that has one, else its images (with_images) and its question.
std::vector<Message> MessagesOf(const Benchmark& benchmark, const Sample& sample, const EvalOptions& options, bool with_images) {
  if (const auto it = sample.meta.find("conversation"); it != sample.meta.end()) {
    std::vector<Message> messages;
    for (const Json& turn : ParseJson(it->second, sample.id)) messages.push_back({StringAt(turn, "role", sample.id), {{.text = StringAt(turn, "content", sample.id)}}});
    return messages;
  }
  const bool is_medevalkit = options.style == PromptStyle::kMedEvalKit;
  Message message{.role = "user"};
  const size_t most = is_medevalkit && benchmark.form.max_images > 0 ? static_cast<size_t>(benchmark.form.max_images) : sample.images.size();
  for (size_t i = 0; with_images && i < std::min(most, sample.images.size()); ++i) message.content.push_back({.image = LoadImage(sample.images[i], options.blob_folder)});
  message.content.push_back({.text = is_medevalkit ? MedEvalKitPrompt(sample, benchmark.form, options.prompt == PromptMode::kReasoning)
                                                   : PromptText(sample, options.prompt)});
  return {std::move(message)};
}

// Repeat 0 keeps the sample's id and the run's seed; the others have their own.
std::string RequestId(const Sample& sample, int64_t repeat) { return repeat == 0 ? sample.id : fmt::format("{}#{}", sample.id, repeat); }

Prepared Prepare(const Benchmark& benchmark, const Sample& sample, const EvalOptions& options, int64_t repeat, const Answerer& answerer) {
  Prepared prepared;
  try {
    prepared.request = {.id = RequestId(sample, repeat),
                        .messages = MessagesOf(benchmark, sample, options, answerer.LooksAtImages()),
                        .sampling = {.max_new_tokens = options.max_new_tokens, .temperature = options.temperature,
                                     .seed = repeat == 0 ? options.seed : MixSeed({options.seed, static_cast<uint64_t>(repeat)})}};
    prepared.key = JournalKey(answerer.Name(), prepared.request);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kInterrupted || error.code() == ErrorCode::kInternal) throw;
    prepared.error = error.message();
  }
  return prepared;
}

// Asks what the journal lacks of samples [begin, begin + n), each options.samples times.
class ChunkAsker {
 public:
  ChunkAsker(const Benchmark& benchmark, const EvalOptions& options, Answerer& answerer, Journal& journal)
      : benchmark_(benchmark), options_(options), answerer_(answerer), journal_(journal) {}

  // Answer of sample begin + i, repeat r, at i * options.samples + r.
  std::vector<Answer> Ask(const std::vector<Sample>& samples, size_t begin, size_t n) {
    const auto k = static_cast<size_t>(options_.samples);
    std::vector<Prepared> prepared(n * k);
    ParallelFor(static_cast<int64_t>(n * k), [&](int64_t i) {
      const size_t at = static_cast<size_t>(i);
      prepared[at] = Prepare(benchmark_, samples[begin + at / k], options_, static_cast<int64_t>(at % k), answerer_);
    });
    std::vector<Answer> answers(n * k);
    std::vector<Request> requests;
    std::unordered_map<std::string, size_t> places;
    for (size_t i = 0; i < n * k; ++i) {
      const std::string id = RequestId(samples[begin + i / k], static_cast<int64_t>(i % k));
      answers[i] = {.id = id, .finish_reason = FinishReason::kError, .error = prepared[i].error};
      if (!prepared[i].error.empty()) continue;
      if (const Answer* known = journal_.Find(prepared[i].key)) {
        answers[i] = *known;
        continue;
      }
      answers[i].error = "no answer was given";
      CHECK(places.emplace(id, i).second) << "two samples are called " << id;
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
  const Benchmark& benchmark_;
  const EvalOptions& options_;
  Answerer& answerer_;
  Journal& journal_;
};

// pass@1, pass@k and the majority of k over all questions, with k = samples.
Json RepeatTotals(const std::vector<Verdict>& verdicts, int64_t k) {
  double pass1 = 0, pass_k = 0, majority = 0;
  for (const Verdict& verdict : verdicts) {
    std::vector<std::string> predictions = {verdict.score.prediction};
    std::vector<double> values = {verdict.score.value};
    for (const RepeatedReply& reply : verdict.repeats) predictions.push_back(reply.score.prediction), values.push_back(reply.score.value);
    const int64_t right = std::count_if(values.begin(), values.end(), [](double value) { return value >= 1; });
    pass1 += PassAtK(k, right, 1);
    pass_k += PassAtK(k, right, k);
    majority += MajorityOfK(predictions, values, k);
  }
  const double n = static_cast<double>(verdicts.size());
  return {{"k", k}, {"pass@1", pass1 / n}, {fmt::format("pass@{}", k), pass_k / n}, {fmt::format("majority@{}", k), majority / n}};
}

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
  if (sample.answer_type == AnswerType::kOpen) {
    verdict.token_f1 = TokenF1(sample.answer, verdict.score.prediction);
    verdict.exact_match = verdict.score.value;
  }
  verdict.reference = ScoreAsReference(benchmark.name, sample, answer);
  verdict.answer_type = EnumNames(static_cast<AnswerType*>(nullptr))[static_cast<size_t>(sample.answer_type)];
  verdict.language = sample.language;
  if (const auto it = sample.meta.find("rubrics"); it != sample.meta.end()) verdict.rubrics = it->second;
  if (const auto it = sample.meta.find("conversation"); it != sample.meta.end()) verdict.conversation = it->second;
  return verdict;
}

EvalReport RunBenchmark(const Benchmark& benchmark, const EvalOptions& options, Answerer& answerer) {
  const auto start = std::chrono::steady_clock::now();
  EvalReport report{.benchmark = benchmark.name, .help = benchmark.help, .paper = benchmark.paper, .note = benchmark.note, .model = answerer.Name(),
                    .published_count = benchmark.published_count, .seed = options.seed, .config = ToJson(options)};
  Questions test = ReadQuestions(benchmark, benchmark.split, options, options.limit);
  if (test.samples.empty())
    throw Error(ErrorCode::kNotFound, fmt::format("{}: the {} split of {} has no questions ({} broken rows).", benchmark.name, benchmark.split, benchmark.source,
                                                  test.num_skipped));
  report.num_skipped = test.num_skipped;
  for (const auto& [reason, rows] : test.skip_reasons) report.skip_reasons[reason] = rows;
  const MajorityBaseline baseline = MajorityOfTrain(benchmark, options, &report.baseline_note);
  if (!options.training_manifest.empty()) report.totals["training"] = MarkSeen(test.samples, options);
  Journal journal(options.journal);
  Claims claims(options.journal);
  ChunkAsker asker(benchmark, options, answerer, journal);
  Progress progress(fmt::format("eval {}", benchmark.name), static_cast<int64_t>(test.samples.size()));
  report.verdicts.resize(test.samples.size());
  int64_t num_done = 0;
  // Asks for what the journal lacks and judges. REQUIRES: the questions are claimed.
  const auto ask = [&](size_t begin, size_t n) {
    journal.Refresh();
    const std::vector<Answer> answers = asker.Ask(test.samples, begin, n);
    const auto k = static_cast<size_t>(options.samples);
    for (size_t i = 0; i < n; ++i) {
      const Sample& sample = test.samples[begin + i];
      Verdict& verdict = report.verdicts[begin + i];
      verdict = JudgeAnswer(benchmark, sample, answers[i * k]);
      verdict.baseline = baseline.ValueFor(sample);
      for (size_t r = 1; r < k; ++r) {
        Verdict repeat = JudgeAnswer(benchmark, sample, answers[i * k + r]);
        verdict.repeats.push_back({std::move(repeat.response), std::move(repeat.error), std::move(repeat.score)});
      }
    }
    claims.Release(static_cast<int64_t>(begin), static_cast<int64_t>(n));
    progress.Update(num_done += static_cast<int64_t>(n));
  };
  // Questions that another process is asking come last: by then the journal has its answers, or the process is gone and they are asked here.
  const size_t chunk_size = static_cast<size_t>(options.chunk_size);
  std::vector<size_t> of_others;
  for (size_t begin = 0; begin < test.samples.size(); begin += chunk_size) {
    CheckInterrupt("evaluating");
    const size_t n = std::min(chunk_size, test.samples.size() - begin);
    if (claims.Try(static_cast<int64_t>(begin), static_cast<int64_t>(n))) ask(begin, n);
    else of_others.push_back(begin);
  }
  for (const size_t begin : of_others) {
    const size_t n = std::min(chunk_size, test.samples.size() - begin);
    if (!claims.Wait(static_cast<int64_t>(begin), static_cast<int64_t>(n), &IsInterrupted)) CheckInterrupt("evaluating");
    ask(begin, n);
  }
  progress.Done();
  Summarize(report, options.resamples);
  if (options.samples > 1) report.totals["samples"] = RepeatTotals(report.verdicts, options.samples);
  if (Json metrics = ReportMetrics(test.samples, report.verdicts, options.metric_models); !metrics.is_null()) report.totals["report_metrics"] = std::move(metrics);
  if (benchmark.totals) report.totals[benchmark.name] = benchmark.totals(test.samples, report.verdicts, options.data_root);
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace lingshu
