// Reading memory and doing nothing with it: what the bandwidth of a machine is measured with.
#pragma once

#include <cstdint>

namespace lingshu {

// Adds up the words of a piece of memory with the widest vectors, as fast as one thread can read it. The sum keeps the compiler
// from leaving the reading out.  bytes: the remainder of 512 is not read.
int32_t ReadMemory(const void* memory, int64_t bytes);

}  // namespace lingshu
