// Reading a Hugging Face folder's config.json, preprocessor_config.json and generation_config.json into ModelConfig.
// The files' keys are laid out as ModelConfig's own tree (the names are the same, by rule), which ConfigReader then
// reads with its checks of type and range. What a file leaves out keeps the default of transformers' Qwen2_5_VLConfig
// where the released files rely on it (the 32B's vision_config), and is an error everywhere else: those defaults are
// a 72B's.
#include "checkpoint/config.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/strings.h"

namespace lingshu {
namespace {

constexpr uint64_t kMaxFileBytes = 1 << 20;

// Copies from `source` the keys that T visits.
template <typename T>
struct KeyPicker {
  const Json& source;
  Json picked = Json::object();

  template <typename F>
  void operator()(const char* name, F&, const char* = "", Range = {}) {
    const auto it = source.find(name);
    if (it != source.end() && !it->is_null()) picked[name] = *it;
  }
  static Json Pick(const Json& source) {
    KeyPicker picker{source};
    T fields;
    fields.Visit(picker);
    return picker.picked;
  }
};

const Json& MapAt(const Json& object, const std::string& key, const std::string& where) {
  const Json& map = At(object, key, where);
  if (!map.is_object())
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: \"{}\" should be a map, found {}.", where, key, map.type_name()));
  return map;
}

Json ReadJsonFile(const fs::path& path) {
  Json json = ParseJson(ReadFile(path, kMaxFileBytes), path.string());
  if (!json.is_object())
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected a map, found {}.", path.string(), json.type_name()));
  return json;
}

void RequireKeys(const Json& tree, const std::vector<std::string>& keys, const std::string& where) {
  std::vector<std::string> missing;
  for (const std::string& key : keys)
    if (!tree.contains(key)) missing.push_back(key);
  if (!missing.empty())
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: keys are missing: {}.", where, JoinStrings(missing, ", ")));
}

bool IsTrue(const Json& object, const std::string& key, const std::string& where) {
  const auto it = object.find(key);
  if (it == object.end() || it->is_null()) return false;
  if (!it->is_boolean())
    throw Error(ErrorCode::kCorrupt,
                fmt::format("{}: \"{}\" should be true or false, found {}.", where, key, it->type_name()));
  return it->get<bool>();
}

// Refuses a value that would need arithmetic which the model does not have. An absent or null key is fine.
void RequireValue(const Json& object, const std::string& key, const Json& value, const std::string& where) {
  const auto it = object.find(key);
  if (it == object.end() || it->is_null() || *it == value) return;
  throw Error(ErrorCode::kUnsupported, fmt::format("{}: {} is {}, only {} is implemented.", where, key,
                                                   it->dump(-1, ' ', true).substr(0, 200), value.dump()));
}

// "rope_scaling" (flat, with rope_theta beside it) or "rope_parameters" (transformers 5, with rope_theta inside).
Json RopeTree(const Json& text, const std::string& where) {
  const bool is_new = text.contains("rope_parameters") && !text["rope_parameters"].is_null();
  const Json& rope = MapAt(text, is_new ? "rope_parameters" : "rope_scaling", where);
  for (const char* key : {"type", "rope_type"}) {
    const std::string type = StringOr(rope, key, "default");
    if (type != "mrope" && type != "default")
      throw Error(ErrorCode::kUnsupported,
                  fmt::format("{}: rope type \"{}\"; known are mrope and default.", where, type));
  }
  Json tree = Json::object();
  tree["mrope_section"] = At(rope, "mrope_section", where);
  tree["rope_theta"] = rope.contains("rope_theta") ? rope["rope_theta"] : At(text, "rope_theta", where);
  return tree;
}

Json TextTree(const Json& config, const std::string& where) {
  const bool is_nested = config.contains("text_config") && !config["text_config"].is_null();
  const Json& text = is_nested ? MapAt(config, "text_config", where) : config;
  RequireValue(text, "hidden_act", "silu", where);
  RequireValue(text, "use_sliding_window", false, where);
  Json tree = KeyPicker<TextConfig>::Pick(text);
  tree.update(RopeTree(text, where));
  if (!tree.contains("num_key_value_heads") && tree.contains("num_attention_heads"))
    tree["num_key_value_heads"] = tree["num_attention_heads"];
  // transformers ties when either place says so: savers before version 5 wrote it inside text_config.
  tree["tie_word_embeddings"] =
      IsTrue(config, "tie_word_embeddings", where) || IsTrue(text, "tie_word_embeddings", where);
  RequireKeys(tree,
              {"vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
               "max_position_embeddings", "rms_norm_eps"},
              where);
  return tree;
}

Json VisionTree(const Json& config, const std::string& where) {
  const Json& vision = MapAt(config, "vision_config", where);
  RequireValue(vision, "hidden_act", "silu", where + ": vision_config");
  if (const auto rope = vision.find("rope_parameters"); rope != vision.end() && rope->is_object())
    RequireValue(*rope, "rope_theta", 10000.0, where + ": vision_config.rope_parameters");
  Json tree = KeyPicker<VisionConfig>::Pick(vision);
  if (vision.contains("in_chans")) {  // the released files' name; savers of version 5 write both
    if (tree.contains("in_channels")) RequireValue(vision, "in_chans", tree["in_channels"], where + ": vision_config");
    tree["in_channels"] = vision["in_chans"];
  }
  if (!tree.contains("tokens_per_second")) tree["tokens_per_second"] = 4;
  RequireKeys(tree, {"hidden_size", "intermediate_size", "out_hidden_size"}, where + ": vision_config");
  return tree;
}

// Limits are min_pixels and max_pixels, or the edges of "size", which hold areas in spite of their names.
Json PixelLimits(const Json& source) {
  Json limits = Json::object();
  for (const auto& [edge, key] : {std::pair("shortest_edge", "min_pixels"), std::pair("longest_edge", "max_pixels")}) {
    const auto size = source.find("size");
    const bool has_size = size != source.end() && size->is_object();
    if (source.contains(key) && !source[key].is_null()) limits[key] = source[key];  // beside "size", it wins there as well
    else if (has_size && size->contains(key)) limits[key] = (*size)[key];
    else if (has_size && size->contains(edge)) limits[key] = (*size)[edge];
  }
  return limits;
}

// Of frames: a file of their own or a part of processor_config.json; nothing when they are as images.
Json VideoLimits(const fs::path& folder, const Json& processor_file) {
  const fs::path path = folder / "video_preprocessor_config.json";
  if (IsFile(path)) return PixelLimits(ReadJsonFile(path));
  if (!processor_file.contains("video_processor")) return Json::object();
  return PixelLimits(MapAt(processor_file, "video_processor", (folder / "processor_config.json").string()));
}

// The image processor's settings: a file of its own, or a part of processor_config.json.
Json ProcessorTree(const fs::path& folder, const Json& vision) {
  fs::path path = folder / "preprocessor_config.json";
  const bool is_nested = !IsFile(path) && IsFile(folder / "processor_config.json");
  if (is_nested) path = folder / "processor_config.json";
  const std::string where = path.string();
  const Json file = ReadJsonFile(path);
  const Json& source = is_nested ? MapAt(file, "image_processor", where) : file;

  for (const char* key : {"do_resize", "do_rescale", "do_normalize"}) RequireValue(source, key, true, where);
  RequireValue(source, "resample", 3, where);  // bicubic, as PIL numbers it
  const auto factor = source.find("rescale_factor");
  const bool is_rounded =
      factor != source.end() && factor->is_number() && std::abs(factor->get<double>() * 255 - 1) < 1e-9;
  if (!is_rounded) RequireValue(source, "rescale_factor", 1.0 / 255, where);
  const VisionConfig defaults;
  const auto require_same = [&](const char* key, const char* vision_key, int64_t fallback) {
    RequireValue(source, key, vision.contains(vision_key) ? vision[vision_key] : Json(fallback), where);
  };
  require_same("patch_size", "patch_size", defaults.patch_size);
  require_same("temporal_patch_size", "temporal_patch_size", defaults.temporal_patch_size);
  require_same("merge_size", "spatial_merge_size", defaults.spatial_merge_size);

  Json tree = KeyPicker<ProcessorConfig>::Pick(source);
  tree.erase("backend");
  tree.update(PixelLimits(source));
  RequireKeys(tree, {"min_pixels", "max_pixels", "image_mean", "image_std"}, where);
  // "Qwen2VLImageProcessor" was Pillow's when the released files were written; only the name with "Fast" never was.
  if (StringOr(source, "image_processor_type", "").ends_with("Fast")) tree["backend"] = "torchvision";
  const Json video = VideoLimits(folder, is_nested ? file : Json::object());
  for (const char* key : {"min_pixels", "max_pixels"})
    if (video.contains(key)) tree[std::string("video_") + key] = video[key];
  return tree;
}

// Lays eos, bos and pad over what config.json says, when generation_config.json is there.
void AddGenerationIds(const fs::path& folder, const Json& config, Json& tree) {
  const auto take = [&tree](const Json& source) {
    const auto find = [&source](const char* key) {
      return source.contains(key) && !source[key].is_null() ? &source[key] : nullptr;
    };
    if (const Json* id = find("bos_token_id")) tree["bos_token_id"] = *id;
    if (const Json* id = find("pad_token_id")) tree["pad_token_id"] = *id;
    if (const Json* ids = find("eos_token_id")) tree["eos_token_ids"] = ids->is_array() ? *ids : Json::array({*ids});
  };
  take(config);
  if (config.contains("text_config") && config["text_config"].is_object()) take(config["text_config"]);
  const fs::path path = folder / "generation_config.json";
  if (IsFile(path)) take(ReadJsonFile(path));
  if (!tree.contains("pad_token_id") && tree.contains("bos_token_id")) tree["pad_token_id"] = tree["bos_token_id"];
}

}  // namespace

// A released config.json; what is not in it stands beside it, the pixel limits of a shape alone excepted.
ModelConfig LoadReleasedConfig(const fs::path& path, bool is_shape_alone) {
  const fs::path folder = path.parent_path();
  const std::string where = path.string();
  const Json file = ReadJsonFile(path);
  if (const std::string type = StringAt(file, "model_type", where); type != "qwen2_5_vl")
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: model_type is \"{}\"; known: qwen2_5_vl.", where, type));
  if (file.contains("quantization_config"))
    throw Error(ErrorCode::kUnsupported,
                fmt::format("{}: the weights are quantized (quantization_config).\nHINT: load the original model and "
                            "quantize it with this program.",
                            where));
  Json tree = Json::object();
  tree["text"] = TextTree(file, where);
  tree["vision"] = VisionTree(file, where);
  const bool has_processor = IsFile(folder / "preprocessor_config.json") || IsFile(folder / "processor_config.json");
  if (has_processor || !is_shape_alone) tree["processor"] = ProcessorTree(folder, tree["vision"]);
  for (const char* key : {"image_token_id", "video_token_id", "vision_start_token_id", "vision_end_token_id"})
    if (file.contains(key)) tree[key] = file[key];
  AddGenerationIds(folder, file, tree);

  ModelConfig config;
  ConfigReader(folder.string()).Fill(tree, "", config);
  ValidateModelConfig(config, where);
  return config;
}

ModelConfig LoadModelConfig(const fs::path& folder) { return LoadReleasedConfig(folder / "config.json", /*is_shape_alone=*/false); }

ModelConfig LoadModelShape(const fs::path& file) {
  if (file.extension() == ".json") return LoadReleasedConfig(file, /*is_shape_alone=*/true);
  ModelConfig config = LoadConfig<ModelConfig>(file, {});
  ValidateModelConfig(config, file.string());
  return config;
}

}  // namespace lingshu
