// Look-up in the table.
#include "deid/profile.h"

#include <algorithm>

namespace lingshu {

const ProfileRow* FindProfileRow(uint32_t tag) {
  const auto place = std::lower_bound(kProfile.begin(), kProfile.end(), tag,
                                      [](const ProfileRow& row, uint32_t t) { return row.tag < t; });
  return place != kProfile.end() && place->tag == tag ? &*place : nullptr;
}

}  // namespace lingshu
