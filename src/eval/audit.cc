#include "eval/audit.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "base/progress.h"
#include "base/strings.h"
#include "base/threads.h"
#include "curate/evaluation_index.h"
#include "curate/image_facts.h"
#include "eval/baseline.h"
#include "eval/questions.h"
#include "eval/runner.h"
#include "score/choice.h"
#include "score/score.h"

namespace lingshu {
namespace {

constexpr int kSmallSide = 64;  // pixels; the paper drops smaller pictures from training

// Counts and the first ids.
class Collector {
 public:
  Collector(std::string name, Severity severity, int64_t of, const AuditOptions& options) : examples_(options.examples) {
    finding_ = {.name = std::move(name), .severity = severity, .of = of};
  }
  void Add(const std::string& id) {
    ++finding_.count;
    if (static_cast<int64_t>(finding_.examples.size()) < examples_) finding_.examples.push_back(id);
  }
  void Into(AuditReport& report, std::string detail = "") {
    finding_.detail = std::move(detail);
    report.findings.push_back(std::move(finding_));
  }
  int64_t count() const { return finding_.count; }

 private:
  AuditFinding finding_;
  int64_t examples_;
};

EvalOptions ReadingOptions(const AuditOptions& options) { return {.data_root = options.data_root, .limit = options.limit}; }

// What makes two questions one: words, options in any order, and pictures.
std::string KeyOf(const Sample& sample) {
  std::vector<std::string> parts = sample.options;
  for (std::string& option : parts) option = NormalizeAnswer(option);
  std::sort(parts.begin(), parts.end());
  for (const ImageRef& image : sample.images) parts.push_back(image.sha256.empty() ? image.path : image.sha256);
  return NormalizeAnswer(sample.context) + "\n" + NormalizeAnswer(sample.question) + "\n" + JoinStrings(parts, "\n");
}

// The gold as words, since letters move with the options.
std::string GoldText(const Sample& sample) {
  if (sample.answer_type != AnswerType::kMultipleChoice) return NormalizeAnswer(sample.answer);
  std::vector<std::string> texts;
  for (const char letter : sample.answer)
    if (const size_t i = static_cast<size_t>(letter - 'A'); i < sample.options.size()) texts.push_back(NormalizeAnswer(sample.options[i]));
  std::sort(texts.begin(), texts.end());
  return JoinStrings(texts, "\n");
}

void AuditDuplicates(const std::vector<Sample>& samples, const AuditOptions& options, AuditReport& report) {
  const auto total = static_cast<int64_t>(samples.size());
  Collector duplicates("question asked again", Severity::kWarning, total, options), contradictions("asked again with another answer", Severity::kFault, total, options);
  std::map<std::string, std::string> seen;  // key -> gold
  for (const Sample& sample : samples) {
    if (sample.kind == SampleKind::kReport || sample.meta.contains("conversation")) continue;
    const auto [it, is_new] = seen.emplace(KeyOf(sample), GoldText(sample));
    if (is_new) continue;
    duplicates.Add(sample.id);
    if (it->second != GoldText(sample)) contradictions.Add(sample.id);
  }
  duplicates.Into(report, "same words, options and pictures");
  contradictions.Into(report);
}

void AuditOptionsOf(const std::vector<Sample>& samples, const AuditOptions& options, AuditReport& report) {
  Collector twins("two options with one text", Severity::kFault, 0, options), unreadable("gold is not among the options", Severity::kFault, 0, options);
  int64_t choices = 0;
  for (const Sample& sample : samples) {
    if (sample.answer_type != AnswerType::kMultipleChoice) continue;
    ++choices;
    std::vector<std::string> texts = sample.options;
    for (std::string& text : texts) text = std::string(TrimAscii(LowerAscii(text)));
    std::sort(texts.begin(), texts.end());
    if (std::adjacent_find(texts.begin(), texts.end()) != texts.end()) twins.Add(sample.id);
    if (GoldLetters(sample.answer, sample.options) == 0) unreadable.Add(sample.id);
  }
  if (choices == 0) return;
  twins.Into(report);
  unreadable.Into(report, "among the rows that could be read");
  for (auto it = report.findings.end() - 2; it != report.findings.end(); ++it) it->of = choices;
}

void AuditBalance(const std::vector<Sample>& samples, AuditReport& report) {
  const std::vector<std::string> names = EnumNames(static_cast<AnswerType*>(nullptr));
  for (size_t type = 0; type < names.size(); ++type) {
    std::map<std::string, int64_t> counts;
    int64_t total = 0;
    for (const Sample& sample : samples)
      if (static_cast<size_t>(sample.answer_type) == type && sample.kind != SampleKind::kReport && !sample.answer.empty())
        ++counts[type == 0 ? sample.answer : NormalizeAnswer(sample.answer)], ++total;
    if (total == 0) continue;
    const auto most = std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    const double share = static_cast<double>(most->second) / static_cast<double>(total);
    const bool is_uneven = type == static_cast<size_t>(AnswerType::kYesNo) ? share > 0.6 : share > 0.35;
    report.findings.push_back({.name = "most frequent answer, " + ReplaceAll(names[type], "_", " "), .severity = is_uneven ? Severity::kWarning : Severity::kNote,
                               .count = most->second, .of = total, .detail = fmt::format("\"{}\", {:.1f} %", most->first.substr(0, 40), 100 * share)});
  }
}

void AuditImages(const std::vector<Sample>& samples, const AuditOptions& options, ImageTable& images, AuditReport& report) {
  int64_t references = 0;
  std::set<std::string> paths;
  for (const Sample& sample : samples)
    for (const ImageRef& image : sample.images) ++references, paths.insert(image.path);
  if (references == 0) return;
  report.findings.push_back({.name = "pictures", .count = static_cast<int64_t>(paths.size()), .of = references, .detail = "distinct, of all references"});
  if (!options.images) return;
  images.Measure(samples);
  const auto total = static_cast<int64_t>(paths.size());
  Collector missing("picture is missing", Severity::kFault, total, options), unreadable("picture cannot be read", Severity::kFault, total, options),
      small(fmt::format("picture below {} pixels a side", kSmallSide), Severity::kWarning, total, options),
      copies("picture is the copy of another", Severity::kWarning, total, options);
  std::set<std::string> seen, contents;
  for (const Sample& sample : samples)
    for (const ImageRef& image : sample.images) {
      if (!seen.insert(image.path).second) continue;
      const ImageFacts& facts = *images.Find(image);
      if (!facts.error.empty()) {
        const bool is_missing = facts.error.find("no such file") != std::string::npos || facts.error.find("No such file") != std::string::npos;
        (is_missing ? missing : unreadable).Add(sample.id);
        continue;
      }
      if (std::min(facts.width, facts.height) < kSmallSide) small.Add(sample.id);
      if (!contents.insert(facts.content_hash).second && image.sha256.empty()) copies.Add(sample.id);
    }
  missing.Into(report);
  unreadable.Into(report);
  small.Into(report);
  copies.Into(report, "the same bytes under two names");
}

// The pictures of a sample that were measured and could be read; nullopt when one was not.
std::optional<Candidate> CandidateOf(const Sample& sample, const ImageTable& images, const std::string& folder, bool with_images) {
  Candidate candidate{sample, {}, folder};
  if (!with_images) return candidate;
  for (const ImageRef& ref : sample.images) {
    candidate.images.push_back(images.Find(ref));
    if (!candidate.images.back()->error.empty()) return std::nullopt;
  }
  return candidate;
}

}  // namespace

const char* SeverityName(Severity severity) {
  static constexpr const char* kNames[] = {"note", "warning", "fault"};
  return kNames[static_cast<int>(severity)];
}

AuditReport AuditBenchmark(const Benchmark& benchmark, const AuditOptions& options) {
  const Questions questions = ReadQuestions(benchmark, benchmark.split, ReadingOptions(options), options.limit);
  AuditReport report{.benchmark = benchmark.name, .split = benchmark.split, .published_count = benchmark.published_count,
                     .loaded = static_cast<int64_t>(questions.samples.size()), .skipped = questions.num_skipped};
  const int64_t rows = report.loaded + report.skipped;
  for (const auto& [reason, count] : questions.skip_reasons)
    report.findings.push_back({.name = "row cannot be used", .severity = Severity::kFault, .count = count, .of = rows, .detail = reason});
  if (options.limit == 0 && report.published_count > 0 && rows != report.published_count)
    report.findings.push_back({.name = "rows that are not there", .severity = Severity::kWarning, .count = report.published_count - rows, .of = report.published_count,
                               .detail = "published less found"});
  AuditDuplicates(questions.samples, options, report);
  AuditOptionsOf(questions.samples, options, report);
  AuditBalance(questions.samples, report);
  ImageTable images("");
  AuditImages(questions.samples, options, images, report);
  return report;
}

void AuditOverlap(const Benchmark& benchmark, const std::vector<Sample>& training, const std::string& name, const std::string& folder, const AuditOptions& options,
                  AuditReport& report) {
  const std::vector<Sample> questions = ReadQuestions(benchmark, benchmark.split, ReadingOptions(options), options.limit).samples;
  EvaluationIndex index(static_cast<int>(options.image_distance), options.ngram_words);
  ImageTable test_images(""), train_images(folder);
  std::set<std::string> test_contents;
  if (options.images) test_images.Measure(questions);
  for (const Sample& sample : questions)
    if (const auto candidate = CandidateOf(sample, test_images, "", options.images)) {
      index.Add(*candidate);
      for (const ImageFacts* facts : candidate->images) test_contents.insert(facts->content_hash);
    }
  index.Finish();
  const auto total = static_cast<int64_t>(training.size());
  Collector identical(name + " shows a picture of the test", Severity::kFault, total, options), copies(name + " shows a re-encoded, resized or mirrored picture of the test", Severity::kFault, total, options),
      same(name + " asks a question of the test with its answer", Severity::kFault, total, options), words(name + " repeats the words of a question of the test", Severity::kFault, total, options);
  std::set<int64_t> pictures_seen;
  Progress progress("audit " + name, total);
  constexpr size_t kChunk = 512;
  for (size_t begin = 0; begin < training.size(); begin += kChunk) {
    CheckInterrupt("auditing");
    const size_t n = std::min(kChunk, training.size() - begin);
    const std::vector<Sample> chunk(training.begin() + static_cast<int64_t>(begin), training.begin() + static_cast<int64_t>(begin + n));
    if (options.images) train_images.Measure(chunk);
    struct Match {
      std::vector<int64_t> pictures;
      bool is_identical = false, has_question = false, has_words = false;
    };
    std::vector<Match> matches(n);
    ParallelFor(static_cast<int64_t>(n), [&](int64_t i) {
      const auto candidate = CandidateOf(chunk[static_cast<size_t>(i)], train_images, folder, options.images);
      if (!candidate) return;
      Match& match = matches[static_cast<size_t>(i)];
      for (const ImageFacts* facts : candidate->images) match.is_identical |= test_contents.contains(facts->content_hash);
      if (!candidate->images.empty()) match.pictures = index.FindPictures(*candidate);
      match.has_question = index.HasQuestion(candidate->sample, match.pictures);
      match.has_words = candidate->sample.images.empty() && index.TextOverlap(candidate->sample) >= options.overlap;
    });
    for (size_t i = 0; i < n; ++i) {
      const Match& match = matches[i];
      pictures_seen.insert(match.pictures.begin(), match.pictures.end());
      if (match.is_identical) identical.Add(chunk[i].id);
      else if (!match.pictures.empty()) copies.Add(chunk[i].id);
      if (match.has_question) same.Add(chunk[i].id);
      if (match.has_words) words.Add(chunk[i].id);
    }
    progress.Update(static_cast<int64_t>(begin + n));
  }
  progress.Done();
  if (index.num_images() > 0) {
    identical.Into(report, "the same bytes");
    copies.Into(report, "by perceptual hash and fine structure");
    report.findings.push_back({.name = "pictures of the test that " + name + " shows", .severity = pictures_seen.empty() ? Severity::kNote : Severity::kWarning,
                               .count = static_cast<int64_t>(pictures_seen.size()), .of = index.num_images()});
  }
  same.Into(report);
  if (index.num_texts() > 0) words.Into(report, fmt::format("{} or more of a question's sequences of {} words", options.overlap, options.ngram_words));
}

Json ToJson(const AuditReport& report) {
  Json json = {{"benchmark", report.benchmark}, {"split", report.split}, {"published", report.published_count}, {"loaded", report.loaded}, {"skipped", report.skipped},
               {"findings", Json::array()}};
  for (const AuditFinding& finding : report.findings)
    json["findings"].push_back({{"name", finding.name}, {"severity", finding.count > 0 ? SeverityName(finding.severity) : "none"}, {"count", finding.count}, {"of", finding.of},
                                {"detail", finding.detail}, {"examples", finding.examples}});
  return json;
}

std::string AuditText(const AuditReport& report) {
  std::string text = fmt::format("{} ({}): {} questions{}{}\n", report.benchmark, report.split, WithThousands(report.loaded),
                                 report.published_count > 0 ? fmt::format(" of {} published", WithThousands(report.published_count)) : "",
                                 report.skipped > 0 ? fmt::format(", {} rows skipped", WithThousands(report.skipped)) : "");
  for (const AuditFinding& finding : report.findings) {
    text += fmt::format("  {:<8} {:>7} of {:<7} {}{}\n", finding.count > 0 ? SeverityName(finding.severity) : "none", WithThousands(finding.count), WithThousands(finding.of),
                        finding.name, finding.detail.empty() ? "" : " (" + finding.detail + ")");
    if (finding.count > 0 && !finding.examples.empty()) text += fmt::format("{:29}{}{}\n", "", JoinStrings(finding.examples, "  "), finding.count > static_cast<int64_t>(finding.examples.size()) ? " …" : "");
  }
  return text;
}

std::string AuditPage(const std::vector<AuditReport>& reports) {
  PageSpec page{.title = "Audit of benchmarks", .subtitle = "what is wrong with the questions, and what training data share with them"};
  for (const AuditReport& report : reports) {
    std::vector<std::vector<Html>> rows;
    for (const AuditFinding& finding : report.findings) {
      const char* tone = finding.count == 0 ? "good" : finding.severity == Severity::kFault ? "bad" : finding.severity == Severity::kWarning ? "warn" : "";
      rows.push_back({Badge(finding.count > 0 ? SeverityName(finding.severity) : "none", tone), Text(finding.name), Text(WithThousands(finding.count)),
                      Text(WithThousands(finding.of)), Text(finding.detail), Text(finding.count > 0 ? JoinStrings(finding.examples, ", ") : "")});
    }
    Html content = Note(fmt::format("{} questions of the split {}, {} published, {} rows skipped", WithThousands(report.loaded), report.split,
                                    report.published_count > 0 ? WithThousands(report.published_count) : "an unknown number", WithThousands(report.skipped)));
    content += Table({{""}, {"finding"}, {"count", Align::kNumber}, {"of", Align::kNumber}, {"detail"}, {"examples"}}, rows);
    page.sections.push_back({report.benchmark, content});
  }
  return Page(page);
}

}  // namespace lingshu
