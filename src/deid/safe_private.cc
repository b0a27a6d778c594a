// The table, without its entries of ultrasound volumes (whole data sets of a vendor) and of text.
#include "deid/safe_private.h"

#include <algorithm>
#include <iterator>

namespace lingshu {
namespace {

struct SafeRow {
  std::string_view creator;
  uint16_t group;
  uint8_t element;
};

// clang-format off
constexpr SafeRow kSafe[] = {
    {"ELSCINT1", 0x00E1, 0x21},
    {"ELSCINT1", 0x01E1, 0x26}, {"ELSCINT1", 0x01E1, 0x50},
    {"ELSCINT1", 0x01F1, 0x01}, {"ELSCINT1", 0x01F1, 0x07}, {"ELSCINT1", 0x01F1, 0x26}, {"ELSCINT1", 0x01F1, 0x27},
    {"GEMS_ACQU_01", 0x0019, 0x23}, {"GEMS_ACQU_01", 0x0019, 0x24}, {"GEMS_ACQU_01", 0x0019, 0x27},
    {"GEMS_HELIOS_01", 0x0045, 0x01}, {"GEMS_HELIOS_01", 0x0045, 0x02},
    {"GEMS_PARM_01", 0x0043, 0x27}, {"GEMS_PARM_01", 0x0043, 0x39}, {"GEMS_PARM_01", 0x0043, 0x6F},
    {"GEMS_SENO_02", 0x0045, 0x06}, {"GEMS_SENO_02", 0x0045, 0x1B}, {"GEMS_SENO_02", 0x0045, 0x20},
    {"GEMS_SENO_02", 0x0045, 0x27}, {"GEMS_SENO_02", 0x0045, 0x29}, {"GEMS_SENO_02", 0x0045, 0x2A},
    {"GEMS_SENO_02", 0x0045, 0x2B}, {"GEMS_SENO_02", 0x0045, 0x49}, {"GEMS_SENO_02", 0x0045, 0x58},
    {"GEMS_SENO_02", 0x0045, 0x59}, {"GEMS_SENO_02", 0x0045, 0x60}, {"GEMS_SENO_02", 0x0045, 0x61},
    {"GEMS_SENO_02", 0x0045, 0x64}, {"GEMS_SENO_02", 0x0045, 0x71}, {"GEMS_SENO_02", 0x0045, 0x72},
    {"GEMS_SENO_02", 0x0045, 0x90}, {"GEMS_SENO_02", 0x0045, 0xA0}, {"GEMS_SENO_02", 0x0045, 0xA1},
    {"GEMS_SENO_02", 0x0045, 0xA2}, {"GEMS_SENO_02", 0x0045, 0xA4}, {"GEMS_SENO_02", 0x0045, 0xA7},
    {"GEMS_SENO_02", 0x0045, 0xA8},
    {"GEMS_SERS_01", 0x0025, 0x07},
    {"HOLOGIC, Inc.", 0x0019, 0x06}, {"HOLOGIC, Inc.", 0x0019, 0x07}, {"HOLOGIC, Inc.", 0x0019, 0x08},
    {"HOLOGIC, Inc.", 0x0019, 0x16}, {"HOLOGIC, Inc.", 0x0019, 0x25}, {"HOLOGIC, Inc.", 0x0019, 0x26},
    {"HOLOGIC, Inc.", 0x0019, 0x27}, {"HOLOGIC, Inc.", 0x0019, 0x28}, {"HOLOGIC, Inc.", 0x0019, 0x29},
    {"HOLOGIC, Inc.", 0x0019, 0x30}, {"HOLOGIC, Inc.", 0x0019, 0x31}, {"HOLOGIC, Inc.", 0x0019, 0x32},
    {"HOLOGIC, Inc.", 0x0019, 0x33}, {"HOLOGIC, Inc.", 0x0019, 0x34}, {"HOLOGIC, Inc.", 0x0019, 0x35},
    {"HOLOGIC, Inc.", 0x0019, 0x37}, {"HOLOGIC, Inc.", 0x0019, 0x40}, {"HOLOGIC, Inc.", 0x0019, 0x41},
    {"HOLOGIC, Inc.", 0x0019, 0x42}, {"HOLOGIC, Inc.", 0x0019, 0x43}, {"HOLOGIC, Inc.", 0x0019, 0x44},
    {"HOLOGIC, Inc.", 0x0019, 0x45}, {"HOLOGIC, Inc.", 0x0019, 0x46}, {"HOLOGIC, Inc.", 0x0019, 0x50},
    {"HOLOGIC, Inc.", 0x0019, 0x51}, {"HOLOGIC, Inc.", 0x0019, 0x52}, {"HOLOGIC, Inc.", 0x0019, 0x53},
    {"HOLOGIC, Inc.", 0x0019, 0x60}, {"HOLOGIC, Inc.", 0x0019, 0x61}, {"HOLOGIC, Inc.", 0x0019, 0x62},
    {"HOLOGIC, Inc.", 0x0019, 0x70}, {"HOLOGIC, Inc.", 0x0019, 0x71}, {"HOLOGIC, Inc.", 0x0019, 0x80},
    {"HOLOGIC, Inc.", 0x0019, 0x85}, {"HOLOGIC, Inc.", 0x0019, 0x87}, {"HOLOGIC, Inc.", 0x0019, 0x89},
    {"HOLOGIC, Inc.", 0x0019, 0x8A}, {"HOLOGIC, Inc.", 0x0019, 0x90}, {"HOLOGIC, Inc.", 0x0019, 0x97},
    {"HOLOGIC, Inc.", 0x0019, 0x98},
    {"LORAD Selenia", 0x0019, 0x06}, {"LORAD Selenia", 0x0019, 0x07}, {"LORAD Selenia", 0x0019, 0x08},
    {"LORAD Selenia", 0x0019, 0x16}, {"LORAD Selenia", 0x0019, 0x26}, {"LORAD Selenia", 0x0019, 0x27},
    {"LORAD Selenia", 0x0019, 0x28}, {"LORAD Selenia", 0x0019, 0x29}, {"LORAD Selenia", 0x0019, 0x30},
    {"LORAD Selenia", 0x0019, 0x31}, {"LORAD Selenia", 0x0019, 0x32}, {"LORAD Selenia", 0x0019, 0x33},
    {"LORAD Selenia", 0x0019, 0x34}, {"LORAD Selenia", 0x0019, 0x35}, {"LORAD Selenia", 0x0019, 0x37},
    {"LORAD Selenia", 0x0019, 0x40}, {"LORAD Selenia", 0x0019, 0x41}, {"LORAD Selenia", 0x0019, 0x50},
    {"LORAD Selenia", 0x0019, 0x51}, {"LORAD Selenia", 0x0019, 0x52}, {"LORAD Selenia", 0x0019, 0x53},
    {"LORAD Selenia", 0x0019, 0x60}, {"LORAD Selenia", 0x0019, 0x70}, {"LORAD Selenia", 0x0019, 0x71},
    {"LORAD Selenia", 0x0019, 0x80}, {"LORAD Selenia", 0x0019, 0x90},
    {"Philips Imaging DD 001", 0x2001, 0x03}, {"Philips Imaging DD 001", 0x2001, 0x04},
    {"Philips MR Imaging DD 001", 0x2005, 0x0D}, {"Philips MR Imaging DD 001", 0x2005, 0x0E},
    {"Philips PET Private Group", 0x7053, 0x00}, {"Philips PET Private Group", 0x7053, 0x09},
    {"SIEMENS MR HEADER", 0x0019, 0x0C}, {"SIEMENS MR HEADER", 0x0019, 0x0D}, {"SIEMENS MR HEADER", 0x0019, 0x0E},
    {"SIEMENS MR HEADER", 0x0019, 0x27},
};
// clang-format on

}  // namespace

bool IsSafePrivate(std::string_view creator, uint32_t tag) {
  return std::any_of(std::begin(kSafe), std::end(kSafe), [&](const SafeRow& row) {
    return row.creator == creator && row.group == tag >> 16 && row.element == (tag & 0xFF);
  });
}

}  // namespace lingshu
