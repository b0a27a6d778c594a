// MedQuAD: questions and answers from web pages of the NIH (Ben Abacha and Demner-Fushman 2019,
// https://doi.org/10.1186/s12859-019-3119-4), one XML document a page in medquad/medquad_xml.tar.gz:
//   <Document id="0000001" source="…"><Focus>…</Focus>
//     <QAPairs><QAPair pid="1"><Question qid="0000001-1" qtype="information">…</Question><Answer>…</Answer></QAPair>…
// Of 47,441 pairs 16,407 have answers; its publisher took out the others for copyright, and they are skipped.
#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"
#include "data/archive.h"
#include "data/reading.h"
#include "data/xml.h"

namespace lingshu {
namespace {

constexpr const char* kName = "medquad";

// Runs of blanks become one: the answers keep the indentation of their web pages.
std::string Squeeze(std::string_view text) {
  std::string out;
  for (const char c : TrimAscii(text)) {
    const bool is_blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!is_blank) out += c;
    else if (out.back() != ' ') out += ' ';
  }
  return out;
}

// Every pair of one document, named by its file and place, since some qid occur twice. Those without an answer go to
// skip.
void AppendPairs(const XmlNode& document, const std::string& name, std::vector<Sample>& samples, const SkipSink& skip) {
  const XmlNode* pairs = document.Child("QAPairs");
  if (!pairs) return;
  int number = 0;
  for (const XmlNode* pair : pairs->Children("QAPair")) {
    const XmlNode* question = pair->Child("Question");
    if (!question) throw Error(ErrorCode::kCorrupt, fmt::format("{}: a pair without a question.", name));
    Sample sample;
    sample.id = fmt::format("{}:train:{}-{}", kName, name, ++number);
    sample.source = kName;
    sample.split = "train";
    sample.kind = SampleKind::kTextQa;
    sample.answer_type = AnswerType::kOpen;
    sample.group = name;
    sample.question = Squeeze(question->text);
    sample.answer = Squeeze(pair->ChildText("Answer"));
    sample.meta = {{"question_type", question->Attribute("qtype")}, {"focus", Squeeze(document.ChildText("Focus"))}};
    if (sample.answer.empty()) skip(sample.id, "the publisher has taken out the answer");
    else samples.push_back(std::move(sample));
  }
}

void Read(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const std::filesystem::path path = OpenSource(kName, options) / "medquad_xml.tar.gz";
  std::vector<Sample> samples;
  ForEachMember(path, {.member_bytes = 16 << 20, .total_bytes = uint64_t{1} << 30, .members = 100'000},
                [&](const std::string& name, const std::string& bytes) {
                  if (!name.ends_with(".xml")) return true;
                  try {
                    AppendPairs(ParseXml(bytes, name), name.substr(0, name.rfind('.')), samples, skip);
                  } catch (const Error& e) {
                    skip(fmt::format("{}:train:{}", kName, name), e.message());
                  }
                  return true;
                });
  std::sort(samples.begin(), samples.end(), [](const Sample& a, const Sample& b) { return a.id < b.id; });
  EmitRows({.total = static_cast<int64_t>(samples.size()),
            .row_id = [&](int64_t i) { return samples[static_cast<size_t>(i)].id; },
            .make = [&](int64_t i) { return samples[static_cast<size_t>(i)]; }},
           options, sink, skip);
}

const Register<Source> kMedQuad({.name = kName,
                                 .help = "MedQuAD: questions and answers of NIH web pages",
                                 .reference = "Ben Abacha and Demner-Fushman 2019, https://github.com/abachaa/MedQuAD",
                                 .splits = {"train"},
                                 .folder = "medquad",
                                 .read = &Read});

}  // namespace
}  // namespace lingshu
