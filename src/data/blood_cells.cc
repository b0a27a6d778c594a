// BCCD, blood smears with a box around every cell (https://github.com/Shenggan/BCCD_Dataset), official split:
//   img_microscopy_bccd/JPEGImages/BloodImage_00000.jpg
//   img_microscopy_bccd/Annotations/BloodImage_00000.xml
//     <annotation><object><name>WBC</name><bndbox><xmin>260</xmin>…
//   img_microscopy_bccd/ImageSets/Main/{train,val,test}.txt  one name a line
#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/strings.h"
#include "data/labelled_folder.h"
#include "data/xml.h"

namespace lingshu {
namespace {

constexpr const char* kName = "blood_cells";

struct Cells {
  std::map<std::string, int> counts;  // by the annotation's name: RBC, WBC, Platelets
  std::string boxes;                  // of white cells and platelets, as meta["boxes"]: "x0,y0,x1,y1;…"
};

Cells ReadCells(const fs::path& path) {
  const XmlNode root = ParseXml(ReadFile(path, 1 << 20), path.string());
  Cells cells;
  for (const XmlNode* object : root.Children("object")) {
    const std::string name = object->ChildText("name");
    ++cells.counts[name];
    const XmlNode* box = object->Child("bndbox");
    if (name == "RBC" || !box) continue;
    cells.boxes += fmt::format("{}{},{},{},{}", cells.boxes.empty() ? "" : ";", box->ChildText("xmin"),
                               box->ChildText("ymin"), box->ChildText("xmax"), box->ChildText("ymax"));
  }
  return cells;
}

std::vector<LabelQuestion> CellQuestions(Cells cells) {
  const auto presence = [&](const char* type, const char* what, int count) {
    return LabelQuestion{.type = type,
                         .wordings = {fmt::format("Are there any {} in this image?", what),
                                      fmt::format("Does the image show {}?", what)},
                         .right = count > 0 ? "yes" : "no",
                         .answer_type = AnswerType::kYesNo};
  };
  return {presence("presence_platelets", "platelets", cells.counts["Platelets"]),
          {.type = "count_wbc",
           .wordings = {"How many white blood cells are in this image?", "Count the white blood cells."},
           .right = fmt::format("{}", cells.counts["WBC"]),
           .answer_type = AnswerType::kClosed}};
}

void Read(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const fs::path folder = OpenSource(kName, options);
  const std::string file_split = options.split == "validation" ? "val" : options.split;
  std::vector<LabelledImage> images;
  for (const std::string& line : ReadLines(folder / "ImageSets/Main" / (file_split + ".txt"))) {
    const std::string name(TrimAscii(line));
    try {
      const Cells cells = ReadCells(PathWithin(folder / "Annotations", name + ".xml"));
      images.push_back({.file = "JPEGImages/" + name + ".jpg",
                        .group = name,
                        .split = options.split,
                        .questions = CellQuestions(cells)});
      if (!cells.boxes.empty()) images.back().meta["boxes"] = cells.boxes;
    } catch (const Error& e) {
      skip(fmt::format("{}:{}:{}", kName, options.split, name), e.message());
    }
  }
  EmitLabelledImages({.source = kName, .modality = "microscopy", .organ = "blood"}, images, folder, options, sink,
                     skip);
}

const Register<Source> kBloodCells({.name = kName,
                                    .help = "BCCD: blood smears with counted cells",
                                    .reference = "https://github.com/Shenggan/BCCD_Dataset",
                                    .splits = {"train", "validation", "test"},
                                    .folder = "img_microscopy_bccd",
                                    .read = &Read});

}  // namespace
}  // namespace lingshu
