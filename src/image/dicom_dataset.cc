// Values of data elements: text that is checked before it becomes a number, words in the file's byte order.
#include "image/dicom_dataset.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"
#include "image/byte_order.h"
#include "image/dicom_tags.h"

namespace lingshu {

std::optional<int64_t> DicomDataset::Integer(uint32_t tag, size_t index, bool is_signed) const {
  const auto it = elements_.find(tag);
  if (it == elements_.end() || it->second.value.empty()) return std::nullopt;
  const std::string_view vr(it->second.vr, 2);
  const KeptTag* kept = FindKept(tag);
  CHECK(kept != nullptr) << "a tag that is not kept";
  if (std::string_view(kept->vr) == "IS") {
    const std::vector<double> numbers = Numbers(tag);
    if (index >= numbers.size()) return std::nullopt;
    return static_cast<int64_t>(std::clamp(numbers[index], -9e15, 9e15));
  }
  if (std::string_view(kept->vr) == "UL" || std::string_view(kept->vr) == "SL") {
    if (4 * index + 4 > it->second.value.size()) return std::nullopt;
    const auto word = static_cast<uint32_t>(ReadUint(it->second.value.data() + 4 * index, 4, is_big_endian_));
    return kept->vr[0] == 'S' ? static_cast<int32_t>(word) : static_cast<int64_t>(word);
  }
  if (2 * index + 2 > it->second.value.size()) return std::nullopt;
  const auto word = static_cast<uint16_t>(ReadUint(it->second.value.data() + 2 * index, 2, is_big_endian_));
  const bool is_ss = vr == "SS" || (vr != "US" && is_signed);
  return is_ss ? static_cast<int16_t>(word) : static_cast<int64_t>(word);
}

std::vector<double> DicomDataset::Numbers(uint32_t tag) const {
  std::vector<double> numbers;
  const auto it = elements_.find(tag);
  if (it == elements_.end()) return numbers;
  for (const std::string& part : SplitString(std::string(it->second.value), '\\')) {
    std::string_view text = TrimAscii(part);
    while (!text.empty() && (text.back() == '\0' || text.back() == ' ')) text.remove_suffix(1);
    if (text.starts_with('+')) text.remove_prefix(1);
    if (text.empty()) continue;
    double value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
      throw Error(ErrorCode::kCorrupt, fmt::format("{}: ({:04X},{:04X}) is not a list of decimal numbers.", where_,
                                                   tag >> 16, tag & 0xFFFF));
    numbers.push_back(value);
  }
  return numbers;
}

std::string DicomDataset::Text(uint32_t tag) const {
  const auto it = elements_.find(tag);
  if (it == elements_.end()) return "";
  std::string_view text = it->second.value;
  while (!text.empty() && (text.back() == '\0' || text.back() == ' ')) text.remove_suffix(1);
  const bool is_clean = text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
                          return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == ' ' || c == '.';
                        });
  return is_clean ? std::string(text) : "";
}

std::string_view DicomDataset::Bytes(uint32_t tag) const {
  const auto it = elements_.find(tag);
  return it == elements_.end() ? std::string_view() : it->second.value;
}

bool DicomDataset::IsVr(uint32_t tag, std::string_view vr) const {
  const auto it = elements_.find(tag);
  return it != elements_.end() && std::string_view(it->second.vr, 2) == vr;
}

std::vector<uint16_t> DicomDataset::Words(uint32_t tag) const {
  const std::string_view bytes = Bytes(tag);
  std::vector<uint16_t> words(bytes.size() / 2);
  for (size_t i = 0; i < words.size(); ++i)
    words[i] = static_cast<uint16_t>(ReadUint(bytes.data() + 2 * i, 2, is_big_endian_));
  return words;
}

}  // namespace lingshu
