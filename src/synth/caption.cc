// The five stages. The wording of the prompts is ours; what they ask for and forbid is the paper's.
#include "synth/caption.h"

#include <array>
#include <charconv>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"
#include "synth/phrases.h"

namespace lingshu {
namespace {

constexpr int64_t kMaxBoxes = 1000;

std::string FactsPrompt(const Draft& draft) {
  return fmt::format(
      "You see a medical image ({}). Regions of interest, if any, are marked by boxes. A short description by "
      "humans:\n{}\n\n"
      "Answer three questions:\n"
      "1. What does the image show? Name its type, the organs and where they lie, devices if there are any, and the "
      "findings; settle on one "
      "organ and one disease.\n"
      "2. Where exactly does each region of interest lie, relative to landmarks, and what is unusual about it (colour, "
      "texture, size)? Go region "
      "by region.\n"
      "3. How does the region relate to its surroundings: does it cause, affect or displace them? At most two "
      "sentences.\n"
      "Then merge the answers into one fluent text and reply with JSON {{\"caption\": \"…\"}} only.\n"
      "Do not use the words \"bounding box\", \"caption\", \"medical annotation\" or \"medical knowledge\". Do not "
      "speak of consequences or "
      "treatment, and do not stress anything.",
      draft.seed->modality, draft.texts.at("coarse"));
}

std::string PreferencePrompt(const Draft& draft) {
  return fmt::format(
      "Describe this medical image ({}) for a doctor. Cover, where the image shows it: {}. Leave out what cannot be "
      "seen.",
      draft.seed->modality, DoctorChecklist(draft.seed->modality));
}

std::string SummaryPrompt(const Draft& draft) {
  return fmt::format(
      "Write the final description of this medical image ({}).\nKnown for certain: {}\n"
      "Caption 0, by a model, covers {}:\n{}\n"
      "Caption 1, by humans, is more trustworthy:\n{}\n\n"
      "Keep what Caption 0 says where it does not contradict Caption 1; where they differ, Caption 1 is right. Go "
      "organ by organ, healthy ones "
      "included; for histopathology from the whole to the detail. Reply with JSON {{\"caption\": \"…\"}} only.",
      draft.seed->modality, draft.texts.at("coarse"), DoctorChecklist(draft.seed->modality),
      draft.texts.at("preference"), draft.texts.at("facts"));
}

std::string TakeCaption(Draft& draft, const std::string& stage, const std::string& reply) {
  constexpr std::array<std::string_view, 4> kForbidden = {"bounding box", "caption", "medical annotation",
                                                          "medical knowledge"};
  const std::string text(TrimAscii(StringOr(ReplyJson(reply), "caption", "")));
  if (text.empty()) return "no JSON with a caption";
  for (const std::string_view words : kForbidden)
    if (ContainsNoCase(text, words)) return "forbidden words";
  draft.texts[stage] = text;
  return "";
}

std::string TakeText(Draft& draft, const std::string& stage, const std::string& reply) {
  draft.texts[stage] = TrimAscii(reply);
  return draft.texts[stage].empty() ? "an empty reply" : "";
}

struct Box {
  int x0 = 0, y0 = 0, x1 = 0, y1 = 0;  // pixels, both corners inside
};

Box ParseBox(const std::string& text) {
  const std::vector<std::string> numbers = SplitString(text, ',');
  std::array<int, 4> values{};
  bool is_whole = numbers.size() == values.size();
  for (size_t i = 0; is_whole && i < values.size(); ++i) {
    const char *begin = numbers[i].data(), *end = begin + numbers[i].size();
    const auto [last, error] = std::from_chars(begin, end, values[i]);
    is_whole = error == std::errc() && last == end;
  }
  if (!is_whole || values[2] < values[0] || values[3] < values[1])
    throw Error(ErrorCode::kCorrupt, fmt::format("expected a box \"x0,y0,x1,y1\" in pixels, found \"{}\".", text));
  return {values[0], values[1], values[2], values[3]};
}

// The outline, one pixel wide; what lies beyond the image is cut off.
void DrawBox(Image& image, const Box& box) {
  const int x0 = std::max(box.x0, 0), y0 = std::max(box.y0, 0), x1 = std::min(box.x1, image.width - 1),
            y1 = std::min(box.y1, image.height - 1);
  const auto paint = [&](int x, int y) {
    uint8_t* pixel = image.Pixel(x, y);
    pixel[0] = pixel[2] = 0;
    pixel[1] = 255;
  };
  for (int y = y0; y <= y1; ++y)
    for (int x = x0; x <= x1; ++x)
      if (x == x0 || x == x1 || y == y0 || y == y1) paint(x, y);
}

std::vector<ImagePtr> BoxedImages(const Draft& draft) {
  std::vector<ImagePtr> images = draft.images;
  images[0] = DrawBoxes(images[0], MetaOf(*draft.seed, "boxes"));
  return images;
}

// Facts come from the image with boxes; the doctor's view and the summary from the image as it is.
void RunCaptionStages(Answerer& teacher, std::vector<Draft>& drafts, SynthReport& report) {
  for (Draft& draft : drafts) draft.texts["coarse"] = CoarseCaption(*draft.seed);
  Stage facts{.name = "facts", .prompt = &FactsPrompt, .images = &BoxedImages};
  Stage preference{.name = "preference", .prompt = &PreferencePrompt};
  Stage summary{.name = "summary", .prompt = &SummaryPrompt};
  facts.take = [](Draft& draft, const std::string& reply) { return TakeCaption(draft, "facts", reply); };
  preference.take = [](Draft& draft, const std::string& reply) { return TakeText(draft, "preference", reply); };
  summary.take = [](Draft& draft, const std::string& reply) { return TakeCaption(draft, "summary", reply); };
  for (const Stage* stage : {&facts, &preference, &summary}) AskStage(*stage, teacher, drafts, report);
}

Sample CaptionSample(const Draft& draft) {
  Sample sample = *draft.seed;
  sample.id += ":caption";
  sample.kind = SampleKind::kCaption;
  sample.answer_type = AnswerType::kOpen;
  sample.context = sample.question = sample.reasoning = "";
  sample.options.clear();
  sample.answer = draft.texts.at("summary");
  sample.meta["synthesis"] = "caption";
  return sample;
}

std::vector<Sample> OneOfEachGroup(const std::vector<Sample>& seeds) {
  std::set<std::string> seen;
  std::vector<Sample> chosen;
  for (const Sample& seed : seeds)
    if (!seed.images.empty() && !CoarseCaption(seed).empty() &&
        seen.insert(seed.group.empty() ? seed.id : seed.group).second)
      chosen.push_back(seed);
  return chosen;
}

}  // namespace

std::string CoarseCaption(const Sample& sample) {
  const std::string view = ViewPhrase(sample), finding = FindingSentence(sample);
  if (view.empty()) return "";
  return finding.empty() ? fmt::format("{}.", Capitalized(view)) : fmt::format("{}. {}", Capitalized(view), finding);
}

ImagePtr DrawBoxes(const ImagePtr& image, const std::string& boxes) {
  if (boxes.empty()) return image;
  auto drawn = std::make_shared<Image>(*image);
  const std::vector<std::string> items = SplitString(boxes, ';');
  if (static_cast<int64_t>(items.size()) > kMaxBoxes)
    throw Error(ErrorCode::kTooLarge, fmt::format("{} boxes on one image.", items.size()));
  for (const std::string& item : items) DrawBox(*drawn, ParseBox(item));
  drawn->operations.push_back("boxes drawn");
  return drawn;
}

// Tables 17 to 20 and 22 to 23 of the paper, condensed.
std::string DoctorChecklist(const std::string& modality) {
  static const std::map<std::string, std::string> kLists = {
      {"MRI",
       "the sequence, the plane, the structures, the shape, place and effect of abnormalities, the signal intensity"},
      {"X-ray", "the area, the organs, projection and side, abnormalities, injuries and implants, foreign objects"},
      {"CT",
       "the plane, the use of contrast, the structures, the place, size, shape and effect of abnormalities, the "
       "attenuation"},
      {"ultrasound", "the plane, echogenicity, structures, abnormal findings, Doppler signals, artefacts"},
      {"PET", "the plane, the organs, foci of raised uptake with place and size, physiological uptake"},
      {"OCT", "the layers of the retina, the foveal contour, fluid, deposits, thickness"},
      {"fundus photography", "image quality, disc and cup, macula, vessels, periphery, abnormal findings"},
      {"dermoscopy",
       "the region, texture and hair, the lesion's size, shape, border, colour and structure, the surrounding skin"},
      {"histopathology",
       "the tissue, the stain, the shape of the cells, the architecture, abnormal findings and their spread"},
      {"microscopy", "the specimen, the stain, the kinds of cells and their number, shape and colour, abnormal forms"},
      {"endoscopy",
       "the region and landmarks, the view, lumen, mucosa, folds and vessels, indentations, instruments and text"},
      {"digital photography",
       "the body part, the lesion's place, size, colour, borders and surface, the surrounding skin"},
  };
  const auto it = kLists.find(modality);
  return it == kLists.end() ? "the kind of image, the structures, abnormal findings with their place and size"
                            : it->second;
}

SynthResult SynthesizeCaptions(const std::vector<Sample>& seeds, const std::filesystem::path& image_folder,
                               Answerer& teacher) {
  const std::vector<Sample> chosen = OneOfEachGroup(seeds);
  return Synthesize(
      chosen, image_folder, teacher,
      {.stages = [&](std::vector<Draft>& drafts, SynthReport& report) { RunCaptionStages(teacher, drafts, report); },
       .finish = &CaptionSample});
}

}  // namespace lingshu
