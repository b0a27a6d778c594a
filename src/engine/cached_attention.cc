// See cached_attention.h.
#include "engine/cached_attention.h"

namespace lingshu {

std::vector<std::string> EnumNames(AttentionKind*) { return {"auto", "paged", "composed"}; }

}  // namespace lingshu
