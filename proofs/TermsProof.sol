// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Offer} from "../contracts/market/IMarket.sol";
import {OfferTerms} from "../contracts/market/OfferTerms.sol";

/// @notice Whatever an offer says, a buyer who has nothing but the fact that it is sold knows how long each side has.
contract TermsProof {
    // claim(invariants#market-and-escrow): A key arrives within 7 days or not at all, a complaint has 2 to 30 days from
    //   then on, and after 37 days every deal can be closed | a seller who never delivers, or a buyer who never agrees
    //   to end the deal
    function windowsLieWithinTheirBounds(
        uint64 fileSize,
        uint32 deliveryWindow,
        uint32 complaintWindow,
        uint40 soldAt,
        uint40 deliveredAt
    ) external pure {
        Offer memory offer;
        (offer.supply, offer.deliveryWindow, offer.complaintWindow) = (1, deliveryWindow, complaintWindow);
        OfferTerms.check(offer, fileSize);
        // The year 36,811, less two months.
        require(deliveryWindow != 0 && soldAt <= type(uint40).max - 60 days);
        uint256 deliverBy = uint256(soldAt) + deliveryWindow;
        require(deliveredAt >= soldAt && deliveredAt <= deliverBy);
        uint256 complainBy = uint256(deliveredAt) + complaintWindow;

        assert(fileSize > 0);
        assert(deliverBy >= uint256(soldAt) + 1 hours && deliverBy <= uint256(soldAt) + 7 days);
        assert(complainBy >= uint256(deliveredAt) + 2 days && complainBy <= uint256(deliveredAt) + 30 days);
        // A delivered deal can be settled after 37 days at the latest, and no time leaves 40 bits.
        assert(complainBy <= uint256(soldAt) + 37 days);
        assert(complainBy <= type(uint40).max);
    }

    // claim(invariants#market-and-escrow): A key arrives within 7 days or not at all, a complaint has 2 to 30 days from
    //   then on, and after 37 days every deal can be closed
    function whatIsSettledAtOnceHasNoWindowsAndNoCourt(
        uint64 fileSize,
        uint32 complaintWindow,
        address arbitrator,
        uint96 bond
    ) external pure {
        Offer memory offer;
        (offer.supply, offer.complaintWindow, offer.arbitrator, offer.bond) = (1, complaintWindow, arbitrator, bond);
        OfferTerms.check(offer, fileSize);

        assert(complaintWindow == 0 && arbitrator == address(0) && bond == 0);
    }

    // claim(invariants#market-and-escrow): A key arrives within 7 days or not at all, a complaint has 2 to 30 days from
    //   then on, and after 37 days every deal can be closed
    function aBondStandsExactlyWhereThereIsACourt(
        uint64 fileSize,
        uint32 deliveryWindow,
        uint32 complaintWindow,
        address arbitrator,
        uint96 bond
    ) external pure {
        Offer memory offer;
        (offer.supply, offer.deliveryWindow, offer.complaintWindow) = (1, deliveryWindow, complaintWindow);
        (offer.arbitrator, offer.bond) = (arbitrator, bond);
        OfferTerms.check(offer, fileSize);

        assert((arbitrator == address(0)) == (bond == 0));
    }

    // claim(invariants#market-and-escrow): The protocol takes at most a twentieth of a payment and the referrer at most
    //   half of it, each rounded down
    function aReferrerTakesAtMostHalf(uint16 referrerBps, uint128 price) external pure {
        Offer memory offer;
        (offer.supply, offer.referrerBps, offer.price) = (1, referrerBps, price);
        OfferTerms.check(offer, 0);

        assert(referrerBps <= 5_000);
    }
}
