/* SPDX-License-Identifier: BSD-3-Clause */
#include "igvm_reader.h"

static const char *const texts[IGVM_STATUSES] = {
    [IGVM_OK] = "the file is good",
    [IGVM_TOO_SHORT] = "shorter than an IGVM header",
    [IGVM_TOO_LONG] = "4 GiB or longer",
    [IGVM_BAD_MAGIC] = "not an IGVM file",
    [IGVM_BAD_VERSION] = "not format version 2, the only one for AArch64",
    [IGVM_BAD_ARCHITECTURE] = "not for AArch64",
    [IGVM_BAD_PAGE_SIZE] = "page size is not 4096",
    [IGVM_BAD_FILE_SIZE] = "not as long as its header says: truncated?",
    [IGVM_BAD_HEADER_BOUNDS] = "variable headers do not lie between fixed header and data",
    [IGVM_BAD_CHECKSUM] = "wrong checksum over the headers",
    [IGVM_TRUNCATED_HEADER] = "a header runs past the end of the headers",
    [IGVM_UNKNOWN_TYPE] = "a header of unknown type",
    [IGVM_BAD_LENGTH] = "a header with the wrong length for its type",
    [IGVM_BAD_PADDING] = "padding behind a header is not zero",
    [IGVM_BAD_ORDER] = "headers not in the order platform, initialization, directive",
    [IGVM_BAD_MASK] = "a compatibility mask without a platform, or of the wrong one",
    [IGVM_RESERVED_NOT_ZERO] = "a reserved field or flag is not zero",
    [IGVM_BAD_FILE_OFFSET] = "a header refers to data outside the file's data",
    [IGVM_TRAILING_BYTES] = "bytes at the end that no header refers to",
    [IGVM_NO_PLATFORM] = "no platform header",
    [IGVM_TWO_PLATFORMS] = "two platform headers of the same type",
    [IGVM_NO_VSM_PLATFORM] = "no platform header for VSM isolation",
    [IGVM_BAD_PLATFORM] =
        "a platform that is not VSM isolation or CCA, version 1, without shared boundary",
    [IGVM_BAD_VTL] = "a VTL that is not 0 or 2, or does not agree with the rest",
    [IGVM_BAD_VP_INDEX] = "a VP index other than 0",
    [IGVM_BAD_REGION] = "a relocation region with wrong base, size, alignment or limits",
    [IGVM_REGION_OVERLAP] = "relocation regions overlap",
    [IGVM_REGION_WITHOUT_CONTEXT] = "a relocation region without VP context of its VTL",
    [IGVM_TWO_PAGE_TABLE_REGIONS] = "more than one page table relocation region",
    [IGVM_TOO_MANY_REGIONS] = "too many relocation regions",
    [IGVM_BAD_REQUIRED_MEMORY] = "required memory not in whole pages",
    [IGVM_BAD_AREA] = "a parameter area not in whole pages, or too long",
    [IGVM_AREA_TWICE] = "two parameter areas with the same index",
    [IGVM_AREA_UNKNOWN] = "a parameter or insert for an area that was not declared",
    [IGVM_AREA_INSERTED] = "a parameter or insert after the area's insert",
    [IGVM_AREA_UNUSED] = "a parameter area that is never inserted",
    [IGVM_TOO_MANY_AREAS] = "too many parameter areas",
    [IGVM_PARAMETER_OUTSIDE] = "a parameter outside its area",
    [IGVM_BAD_INSERT] = "a parameter insert at an address that can not be",
    [IGVM_INSERT_ORDER] = "parameter inserts do not ascend, or overlap",
    [IGVM_BAD_PAGE] = "page data at an address that is not a page",
    [IGVM_BAD_PAGE_TYPE] = "page data that is not of type NORMAL",
    [IGVM_PAGE_2MB_UNSUPPORTED] = "page data with the 2 MiB flag is not supported",
    [IGVM_PAGE_SHARED_IN_VTL2] = "page data with the shared flag in the memory of VTL2",
    [IGVM_PAGE_ORDER] = "page data does not ascend by address",
    [IGVM_PAGE_TWICE] = "page data for the same address twice",
    [IGVM_PAGE_IN_AREA] = "page data inside a parameter area",
    [IGVM_BAD_CONTEXT] = "a VP context with no or too many registers",
    [IGVM_CONTEXT_TWICE] = "two VP contexts for the same VTL",
    [IGVM_BAD_REGISTER] = "a VP context sets a register that no file may set",
    [IGVM_REGISTER_TWICE] = "a VP context sets a register twice",
    [IGVM_BAD_CCA_POLICY] =
        "a CCA policy of another platform, of unknown hash, or that contradicts itself",
    [IGVM_BAD_CORIM] = "a CoRIM without content, twice, or a signature without document",
    [IGVM_BAD_ERROR_RANGE] =
        "an error range not in whole pages, over other content, or one too many",
    [IGVM_BAD_VBS_MEASUREMENT] = "a signed measurement of unknown version, algorithms or flags",
    [IGVM_TWO_VBS_MEASUREMENTS] = "more than one signed measurement",
    [IGVM_NO_CONTEXT] = "no VP context for VTL2",
    [IGVM_NO_PC] = "the VP context of VTL2 sets no PC",
    [IGVM_PC_OUTSIDE] = "the PC of VTL2 lies in no page of the file",
    [IGVM_ERROR_RANGE_UNSUPPORTED] = "error ranges are not supported by this loader",
    [IGVM_DIGEST_MISMATCH] =
        "the launch digest is not the one that the file's signed measurement has",
};

const char *igvm_status_text(enum igvm_status status)
{
    if ((unsigned)status >= IGVM_STATUSES || texts[status] == NULL) {
        return "unknown status";
    }
    return texts[status];
}
