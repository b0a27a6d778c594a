// The least and the greatest of many numbers of one type, as they lie in a buffer of bytes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>

namespace lingshu {

// NaNs do not count; absent when nothing else is there.
template <typename T>
std::optional<std::pair<double, double>> ExtremesAs(const void* data, size_t num_bytes) {
  T low = std::numeric_limits<T>::max(), high = std::numeric_limits<T>::lowest();
  if constexpr (std::is_floating_point_v<T>) {
    low = std::numeric_limits<T>::infinity();
    high = -low;
  }
  const auto* bytes = static_cast<const char*>(data);
  bool has_any = false;
  for (size_t at = 0; at + sizeof(T) <= num_bytes; at += sizeof(T)) {
    T value;
    std::memcpy(&value, bytes + at, sizeof value);
    if (value != value) continue;
    has_any = true;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (!has_any) return std::nullopt;
  return std::pair<double, double>(static_cast<double>(low), static_cast<double>(high));
}

}  // namespace lingshu
