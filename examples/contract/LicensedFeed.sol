// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {ILicenseToken} from "isonomy/contracts/license/ILicenseToken.sol";

/// @title LicensedFeed
/// @notice A figure that only licensees of one model version may have computed.
/// @dev Chain state is public: a licence buys the right to use the function in transactions, it keeps no secret.
contract LicensedFeed {
    ILicenseToken public immutable LICENSES;
    uint64 public immutable VERSION_ID;

    /// @notice Uses so far of each licence.
    mapping(uint256 licenseId => uint256 uses) public usesOf;

    /// @notice `user` may not use `licenseId` for this feed now.
    error LicensedFeed_NotLicensed(uint256 licenseId, address user);

    event Scored(uint256 indexed licenseId, uint256 score);

    /// @dev Two questions: may this account use the licence now, and is it a licence for this version? The first alone
    /// would let a licence for anything at all pass.
    modifier onlyLicensee(uint256 licenseId) {
        require(
            LICENSES.isAuthorized(licenseId, msg.sender) && LICENSES.covers(licenseId, VERSION_ID),
            LicensedFeed_NotLicensed(licenseId, msg.sender)
        );
        _;
    }

    constructor(ILicenseToken licenses, uint64 versionId) {
        LICENSES = licenses;
        VERSION_ID = versionId;
    }

    /// @notice Scores `features` with the weights of the model. Only a licensee of the version may call.
    function score(uint256 licenseId, int256[] calldata features) external onlyLicensee(licenseId) returns (uint256) {
        int256 sum = 0;
        for (uint256 i = 0; i < features.length; ++i) sum += features[i] * int256(i + 1);
        uint256 result = sum > 0 ? uint256(sum) : 0;
        ++usesOf[licenseId];
        emit Scored(licenseId, result);
        return result;
    }
}
