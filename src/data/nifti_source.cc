// NIfTI volumes below a folder (the data root): nine slices of each, three in each anatomical plane, asked for the
// plane. The file does not say its modality, and so it is not asked for.
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "data/choice.h"
#include "data/reading.h"
#include "image/inspect.h"

namespace lingshu {
namespace {

constexpr const char* kName = "nifti";
constexpr std::array kDepths = {0.35, 0.5,
                                0.65};  // of the way along the plane's normal: inside the body, not at its ends

struct PlaneName {
  const char* name;
  int world_axis;  // of its normal in RAS+: 0 right, 1 anterior, 2 superior
};
constexpr std::array kPlanes = {PlaneName{"axial", 2}, PlaneName{"coronal", 1}, PlaneName{"sagittal", 0}};

// Slices along a world axis: the size of the voxel axis that runs most nearly along it.
int64_t NumSlices(const FileFacts& facts, int world_axis) {
  int best = 0;
  for (int axis = 1; axis < 3; ++axis)
    if (std::abs((*facts.affine)[static_cast<size_t>(4 * world_axis + axis)]) >
        std::abs((*facts.affine)[static_cast<size_t>(4 * world_axis + best)]))
      best = axis;
  return static_cast<size_t>(best) < facts.shape.size() ? facts.shape[static_cast<size_t>(best)] : 1;
}

Sample MakeSlice(const fs::path& path, const std::string& key, const PlaneName& plane, int64_t slice) {
  Sample sample;
  sample.id = fmt::format("{}:train:{}-{}-{}", kName, key, plane.name, slice);
  sample.source = kName;
  sample.split = "train";
  sample.images = {{fmt::format("{}#{}:{}", path.string(), plane.name, slice), ""}};
  sample.group = key;
  sample.question = "In which anatomical plane is this slice?";
  sample.meta = {{"plane", plane.name}, {"question_type", "plane"}};
  MakeChoice(sample, plane.name, {kPlanes[0].name, kPlanes[1].name, kPlanes[2].name});
  return sample;
}

void AppendSlices(const fs::path& path, const std::string& key, std::vector<Sample>& samples) {
  const FileFacts facts = InspectImage(path);
  if (facts.shape.size() < 3 || !facts.affine)
    throw Error(ErrorCode::kUnsupported, "not a volume with three axes and an orientation.");
  for (const PlaneName& plane : kPlanes) {
    const int64_t slices = NumSlices(facts, plane.world_axis);
    if (slices < 2) continue;  // a single slice has one plane only
    for (const double depth : kDepths) {
      const auto slice = static_cast<int64_t>(depth * static_cast<double>(slices));
      if (samples.empty() || samples.back().images[0].path != fmt::format("{}#{}:{}", path.string(), plane.name, slice))
        samples.push_back(MakeSlice(path, key, plane, slice));
    }
  }
}

void Read(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const fs::path root = OpenSource(kName, options);
  std::vector<Sample> samples;
  for (const fs::path& path : ListFiles(root, {".nii", ".gz"})) {
    const std::string name = path.filename().string();
    if (!name.ends_with(".nii") && !name.ends_with(".nii.gz")) continue;
    const std::string key =
        Sha256Hex(fs::relative(path, root).generic_string()).substr(0, 16);  // a file's name may be a patient's
    try {
      AppendSlices(path, key, samples);
    } catch (const Error&) {  // its message names the path
      skip(fmt::format("{}:train:{}", kName, key), "cannot be read as a volume");
    }
  }
  EmitRows({.total = static_cast<int64_t>(samples.size()),
            .row_id = [&](int64_t i) { return samples[static_cast<size_t>(i)].id; },
            .make = [&](int64_t i) { return samples[static_cast<size_t>(i)]; }},
           options, sink, skip);
}

const Register<Source> kNifti({.name = kName,
                               .help = "a folder of NIfTI volumes (the data root), slices asked for their plane",
                               .reference = "NIfTI-1 and NIfTI-2",
                               .splits = {"train"},
                               .folder = "",
                               .read = &Read});

}  // namespace
}  // namespace lingshu
