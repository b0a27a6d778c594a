// See open_model.h. Every matrix is read a few rows at a time from its file (pread, not the mapping, which would count as memory of
// this process) and packed where it will stay: loading never holds a model twice.
#include "model/open_model.h"

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/strings.h"
#include "base/threads.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/fingerprint.h"
#include "checkpoint/gguf_model.h"
#include "checkpoint/gguf_tokenizer.h"
#include "checkpoint/random_weights.h"
#include "tensor/packed.h"

namespace lingshu {
namespace {

// Collects the names whose numbers are none, for one error.
class Broken {
 public:
  explicit Broken(std::string where) : where_(std::move(where)) {}
  template <typename Load>
  void Guard(const std::string& name, const Load& load) {
    try {
      load();
    } catch (const Error& error) {  // listed with the others
      if (error.code() != ErrorCode::kNonFinite) throw;
      names_ += "\n  " + name;
    }
  }
  void ThrowIfAny() const {
    if (!names_.empty()) throw Error(ErrorCode::kNonFinite, fmt::format("{}: NaN or Inf in{}", where_, names_));
  }

 private:
  std::string where_, names_;
};

void CheckFinite(const Tensor& values) {
  if (!at::isfinite(values).all().item<bool>()) throw Error(ErrorCode::kNonFinite, "NaN or Inf");
}

int64_t ElementsOf(const std::vector<int64_t>& shape) { return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>()); }

// A matrix whose parts (attn.qkv has three) are of one packable format.
bool IsPackedInFile(const std::vector<const GgufTensor*>& parts, const std::vector<int64_t>& shape) {
  return shape.size() == 2 && std::all_of(parts.begin(), parts.end(), [&](const GgufTensor* part) {
           return part->format == parts[0]->format && IsPackable(part->format);
         });
}

// Rows [begin, end) of a matrix whose parts lie one below the other.
void ReadRows(const GgufFile& file, const std::vector<const GgufTensor*>& parts, int64_t begin, int64_t end, uint8_t* blocks) {
  int64_t first = 0;
  for (const GgufTensor* part : parts) {
    const int64_t rows = part->shape[0], from = std::max(begin, first), to = std::min(end, first + rows);
    const uint64_t row_bytes = part->bytes.size() / static_cast<uint64_t>(rows);
    if (from < to) {
      const uint64_t size = static_cast<uint64_t>(to - from) * row_bytes;
      file.Read(part->bytes.subspan(static_cast<uint64_t>(from - first) * row_bytes, size),
                {reinterpret_cast<std::byte*>(blocks + static_cast<uint64_t>(from - begin) * row_bytes), size});
    }
    first += rows;
  }
}

BlockFormat FormatOf(ElementType type) {
  return type == ElementType::kF32 ? BlockFormat::kF32 : type == ElementType::kBF16 ? BlockFormat::kBF16 : BlockFormat::kF16;
}

// Rows [begin, end) of a Hugging Face matrix in another format.
void ConvertRows(const Checkpoint& checkpoint, const std::string& name, BlockFormat format, int64_t begin, int64_t end, uint8_t* blocks) {
  const TensorView& view = *checkpoint.Find(name);
  const BlockFormat stored = FormatOf(view.dtype);
  const int64_t columns = view.num_elements() / view.shape[0], row_bytes = columns / InfoOf(format).elements * InfoOf(format).bytes;
  const auto stored_bytes = static_cast<uint64_t>(columns * InfoOf(stored).bytes), count = static_cast<uint64_t>(end - begin);
  if (stored == format) return checkpoint.ReadPart(name, static_cast<uint64_t>(begin) * stored_bytes, {reinterpret_cast<std::byte*>(blocks), count * stored_bytes});
  std::vector<std::byte> bytes(count * stored_bytes);
  checkpoint.ReadPart(name, static_cast<uint64_t>(begin) * stored_bytes, bytes);
  std::vector<float> row(static_cast<size_t>(columns));
  for (int64_t r = 0; r < end - begin; ++r) {
    DequantizeRow(stored, bytes.data() + static_cast<uint64_t>(r) * stored_bytes, columns, row.data());
    float sum = 0;
    for (const float value : row) sum += value - value;
    if (sum != 0) throw Error(ErrorCode::kNonFinite, "NaN or Inf");
    QuantizeRow(format, row.data(), columns, blocks + r * row_bytes);
  }
}

// Fills every weight: matrices in the recipes' formats, packed where that is a form of theirs, the rest in float32.
// read(name, format, columns, begin, end, blocks) gives rows.
template <typename Read>
void FillWeights(Model& model, const PackedRecipes& recipes, Broken& broken, const Read& read) {
  PackedArena arena;
  std::map<std::string, GgufMapping> mappings;
  for (GgufMapping& mapping : GgufMappings(model.config)) mappings.emplace(mapping.tensor.name, std::move(mapping));
  VisitWeights(model, [&](const std::string& name, Weight& weight, const std::vector<int64_t>& shape) {
    CheckInterrupt("loading", /*is_kept=*/false);
    const GgufMapping& mapping = mappings.at(name);
    const BlockFormat format = shape.size() != 2 ? BlockFormat::kF32
                                                 : FormatOfPart(mapping.parts[0], mapping.is_vision ? recipes.vision : recipes.language, model.config);
    const int64_t rows = shape[0], columns = ElementsOf(shape) / rows;
    broken.Guard(name, [&] {
      if (IsPackable(format)) {
        weight = PackRows(arena, format, rows, columns, [&](int64_t begin, int64_t end, uint8_t* blocks) { read(name, format, columns, begin, end, blocks); });
        return;
      }
      weight.value = at::empty(shape, at::kFloat);
      read(name, BlockFormat::kF32, columns, 0, rows, static_cast<uint8_t*>(weight.value.data_ptr()));
      CheckFinite(weight.value);
    });
  });
}

// The mmproj beside a language model: its name says so, and it is the only one.
fs::path FindMmproj(const fs::path& language) {
  const fs::path folder = language.parent_path().empty() ? fs::path(".") : language.parent_path();
  std::vector<fs::path> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = LowerAscii(entry.path().filename().string());
    if (IsGguf(entry.path()) && name.find("mmproj") != std::string::npos && !fs::equivalent(entry.path(), language)) found.push_back(entry.path());
  }
  if (found.size() < 2) return found.empty() ? fs::path() : found.front();
  std::sort(found.begin(), found.end());
  std::string names;
  for (const fs::path& path : found) names += "\n  " + path.string();
  throw Error(ErrorCode::kUsage, fmt::format("{}: which of these mmproj files belongs to it?{}\nHINT: name one with --mmproj.", language.string(), names));
}

}  // namespace

std::string FingerprintOf(const fs::path& model, const OpenedModel& opened) {
  return ModelFingerprint(model) + (opened.mmproj.empty() ? "" : "+" + ModelFingerprint(opened.mmproj));
}

bool IsGguf(const fs::path& path) { return LowerAscii(path.extension().string()) == ".gguf"; }

std::shared_ptr<Model> LoadGgufModel(const fs::path& language, const fs::path& mmproj) {
  const GgufModel file = GgufModel::Open(language, mmproj);
  auto model = std::make_shared<Model>();
  model->config = file.config();
  PackedArena arena;
  Broken broken(language.string());
  VisitWeights(*model, [&](const std::string& name, Weight& weight, const std::vector<int64_t>& shape) {
    if (GroupOf(name) != WeightGroup::kLanguage && !file.has_vision()) return;
    const std::vector<const GgufTensor*> parts = file.Parts(name);
    broken.Guard(name, [&] {
      if (IsPackedInFile(parts, shape)) {
        weight = PackRows(arena, parts[0]->format, shape[0], shape[1], [&](int64_t begin, int64_t end, uint8_t* blocks) {
          ReadRows(file.FileOf(name), parts, begin, end, blocks);
        });
        return;
      }
      weight.value = at::empty(shape, at::kFloat);
      file.ReadFloats(name, weight.value.data_ptr<float>());
      CheckFinite(weight.value);
    });
  });
  broken.ThrowIfAny();
  return model;
}

std::shared_ptr<Model> LoadPackedModel(const fs::path& folder, const PackedRecipes& recipes) {
  auto model = std::make_shared<Model>();
  model->config = LoadModelConfig(folder);
  const Checkpoint checkpoint = Checkpoint::Open(folder);
  checkpoint.CheckTensors(ExpectedTensors(model->config));
  for (const std::string& name : checkpoint.names()) {
    const ElementType type = checkpoint.Find(name)->dtype;
    if (type != ElementType::kF32 && type != ElementType::kBF16 && type != ElementType::kF16)
      throw Error(ErrorCode::kUnsupported, fmt::format("{}: expected F32, BF16 or F16, found {}.", name, ElementTypeName(type)));
  }
  Broken broken(folder.string());
  FillWeights(*model, recipes, broken, [&](const std::string& name, BlockFormat format, int64_t, int64_t begin, int64_t end, uint8_t* blocks) {
    ConvertRows(checkpoint, name, format, begin, end, blocks);
  });
  broken.ThrowIfAny();
  return model;
}

std::shared_ptr<Model> RandomPackedModel(const ModelConfig& config, const PackedRecipes& recipes) {
  ValidateModelConfig(config, "model config");
  auto model = std::make_shared<Model>();
  model->config = config;
  Broken broken("random weights");
  FillWeights(*model, recipes, broken, [](const std::string& name, BlockFormat format, int64_t columns, int64_t begin, int64_t end, uint8_t* blocks) {
    if (columns > 1) return FillRandomBlocks(name, format, begin, end, columns, blocks);
    FillRandom(name, {end - begin}, reinterpret_cast<float*>(blocks));
  });
  broken.ThrowIfAny();
  return model;
}

OpenedModel OpenForAnswers(const ModelFiles& files) {
  if (!IsGguf(files.model)) {
    if (!files.mmproj.empty())
      throw Error(ErrorCode::kUsage, fmt::format("{} is no GGUF file: its vision tower is in the folder, --mmproj has no use.", files.model.string()));
    auto tokenizer = Tokenizer::Load(files.model);
    if (files.dtype == DType::kFloat32) return {LoadModel(files.model), std::move(tokenizer)};
    const QuantizeRecipe& recipe = FindQuantizeRecipe(files.dtype == DType::kFloat16 ? "F16" : "BF16");
    return {LoadPackedModel(files.model, {recipe, recipe}), std::move(tokenizer)};
  }
  const GgufFile language = GgufFile::Open(files.model);
  auto tokenizer = LoadGgufTokenizer(language.metadata());
  const fs::path mmproj = files.mmproj.empty() ? FindMmproj(files.model) : files.mmproj;
  return {LoadGgufModel(files.model, mmproj), std::move(tokenizer), mmproj};
}

}  // namespace lingshu
